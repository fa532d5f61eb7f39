"""Second factors, codes and tries of signing in; emergency access; co-signatures; merged records; requests to amend."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

from clinic.domain import likeness
from clinic.domain.patients import Identity

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('sign_in_step',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=True),
    sa.Column('clinic_id', sa.Integer(), nullable=True),
    sa.Column('challenge', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_sign_in_step'))
    )
    with op.batch_alter_table('sign_in_step', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_step_expires_at'), ['expires_at'], unique=False)

    op.create_table('sign_in_tries',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sign_in_tries'))
    )
    with op.batch_alter_table('sign_in_tries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_in_tries_began_at'), ['began_at'], unique=False)

    op.create_table('authenticator',
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('seed', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_authenticator_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_authenticator'))
    )
    op.create_table('passkey',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('credential_id', sa.Text(), nullable=False),
    sa.Column('public_key', sa.Text(), nullable=False),
    sa.Column('sign_count', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('transports', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_passkey_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.create_index('ix_passkey_user', ['user_id'], unique=False)

    op.create_table('recovery_code',
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_recovery_code_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'code_hash', name=op.f('pk_recovery_code'))
    )
    op.create_table('emergency_access',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('user_name', sa.String(length=200), nullable=False),
    sa.Column('session_id', sa.String(length=26), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reviewed_by', sa.String(length=200), nullable=False),
    sa.Column('review_note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'user_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_emergency_access_clinic_id_user_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_emergency_access_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_emergency_access'))
    )
    with op.batch_alter_table('emergency_access', schema=None) as batch_op:
        batch_op.create_index('ix_emergency_access_user', ['clinic_id', 'user_id', 'ends_at'], unique=False)

    op.create_table('one_time_code',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('clinic_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('kind', sa.Enum('invitation', 'new password', 'second factor', name='codekind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('created_by', sa.String(length=26), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id', 'user_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_one_time_code_clinic_id_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_code')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_one_time_code_code_hash'))
    )
    with op.batch_alter_table('one_time_code', schema=None) as batch_op:
        batch_op.create_index('ix_one_time_code_user', ['user_id'], unique=False)

    op.create_table('patient_distinct',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('one_id', sa.String(length=26), nullable=False),
    sa.Column('other_id', sa.String(length=26), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'one_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_patient_distinct_clinic_id_one_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'other_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_patient_distinct_clinic_id_other_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_patient_distinct_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'one_id', 'other_id', name=op.f('pk_patient_distinct'))
    )
    op.create_table('patient_merge',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('merged_id', sa.String(length=26), nullable=False),
    sa.Column('kept_id', sa.String(length=26), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by_id', sa.String(length=26), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('moved', sa.Text(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.String(length=200), nullable=False),
    sa.Column('undone_reason', sa.Text(), nullable=False),
    sa.CheckConstraint('merged_id <> kept_id', name=op.f('ck_patient_merge_two_records')),
    sa.ForeignKeyConstraint(['clinic_id', 'kept_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_patient_merge_clinic_id_kept_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'merged_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_patient_merge_clinic_id_merged_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_patient_merge_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_patient_merge'))
    )
    with op.batch_alter_table('patient_merge', schema=None) as batch_op:
        batch_op.create_index('ix_patient_merge_kept', ['clinic_id', 'kept_id'], unique=False)
        batch_op.create_index('uq_patient_merge_in_force', ['clinic_id', 'merged_id'], unique=True, sqlite_where=sa.text('undone_at IS NULL'), postgresql_where=sa.text('undone_at IS NULL'))

    op.create_table('amendment_request',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('asked_by', sa.String(length=200), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('entered_by_id', sa.String(length=26), nullable=False),
    sa.Column('entered_by', sa.String(length=200), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_amendment_request_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_amendment_request_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_amendment_request_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_amendment_request'))
    )
    with op.batch_alter_table('amendment_request', schema=None) as batch_op:
        batch_op.create_index('ix_amendment_request_patient', ['clinic_id', 'patient_id'], unique=False)
        batch_op.create_index('ix_amendment_request_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('co_signature',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('signature_id', sa.String(length=26), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('signer_id', sa.String(length=26), nullable=False),
    sa.Column('signer_name', sa.String(length=200), nullable=False),
    sa.Column('signer_role', sa.Enum('prescriber', 'injector', 'therapist', 'assistant', 'administrator', 'auditor', name='role', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('meaning', sa.String(length=40), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('time_zone', sa.String(length=60), nullable=False),
    sa.Column('seal', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_co_signature_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_co_signature_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_co_signature')),
    sa.UniqueConstraint('clinic_id', 'visit_id', name=op.f('uq_co_signature_clinic_id_visit_id'))
    )
    op.create_table('visit_move',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('from_visit_id', sa.String(length=26), nullable=False),
    sa.Column('to_visit_id', sa.String(length=26), nullable=False),
    sa.Column('from_patient_id', sa.String(length=26), nullable=False),
    sa.Column('to_patient_id', sa.String(length=26), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by_id', sa.String(length=26), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'from_visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_visit_move_clinic_id_from_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'to_visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_visit_move_clinic_id_to_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_visit_move_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'from_visit_id', name=op.f('pk_visit_move'))
    )
    with op.batch_alter_table('visit_move', schema=None) as batch_op:
        batch_op.create_index('ix_visit_move_to', ['clinic_id', 'to_visit_id'], unique=False)

    op.create_table('amendment_request_entry',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('request_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Enum('accepted', 'denied', 'extended', 'disagreement', 'rebuttal', 'withdrawn', name='amendment_entry_kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('addendum_id', sa.String(length=26), nullable=True),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('by_id', sa.String(length=26), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'request_id'], ['amendment_request.clinic_id', 'amendment_request.id'], name=op.f('fk_amendment_request_entry_clinic_id_request_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_amendment_request_entry_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'request_id', 'number', name=op.f('pk_amendment_request_entry'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('session_id', sa.String(length=26), nullable=False, server_default=''))

    with op.batch_alter_table('clinic', schema=None) as batch_op:
        batch_op.add_column(sa.Column('second_factor', sa.String(length=20), nullable=False, server_default='administrators'))
        batch_op.add_column(sa.Column('co_signature_expected', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('co_signature_from', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.add_column(sa.Column('may_break_glass', sa.Boolean(), nullable=False, server_default=sa.false()))

    with op.batch_alter_table('server_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('id', sa.String(length=26), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('second_factor_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('previous_hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('rotated_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_server_session_id', ['id'], unique=False)
        batch_op.create_index('ix_server_session_previous_hash', ['previous_hash'], unique=False)
    # A demonstration asks for no second factor; open sessions get a name to be listed and ended by.
    clinic = sa.table('clinic', sa.column('second_factor'), sa.column('is_demo', sa.Boolean()))
    op.execute(clinic.update().where(clinic.c.is_demo).values(second_factor='nobody'))
    session = sa.table('server_session', sa.column('id'), sa.column('token_hash'))
    op.execute(session.update().values(id=sa.func.substr(session.c.token_hash, 1, 26)))
    _fill_sounds()



def _fill_sounds() -> None:
    """Give every patient the key that says how the names sound; names entered from now on get it by themselves."""
    # Derived from the names, so the program's own rule is the right one whatever it says by then.
    patient = sa.table('patient', *(sa.column(one) for one in ('clinic_id', 'id', 'family_name', 'given_names')))
    word = sa.table('patient_word', sa.column('clinic_id'), sa.column('patient_id'), sa.column('word'))
    bind = op.get_bind()
    rows = bind.execute(sa.select(patient.c.clinic_id, patient.c.id, patient.c.family_name, patient.c.given_names)).all()
    held = set(bind.execute(sa.select(word.c.clinic_id, word.c.patient_id, word.c.word).where(word.c.word.like('=%'))))
    made = [
        (row.clinic_id, row.id, likeness.sound_key(Identity(row.family_name, row.given_names, date.min))) for row in rows
    ]
    if new := [dict(zip(('clinic_id', 'patient_id', 'word'), one)) for one in made if one not in held]:
        bind.execute(word.insert(), new)


def _drop_triggers() -> None:
    """Drop the triggers that ask for merges, which SQLite follows whenever a table is renamed; env.py installs its own."""
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for name in connection.execute(names).scalars().all():
            op.execute(f'DROP TRIGGER "{name}"')


def downgrade() -> None:
    """Take this step back."""
    _drop_triggers()
    with op.batch_alter_table('server_session', schema=None) as batch_op:
        batch_op.drop_index('ix_server_session_previous_hash')
        batch_op.drop_index('ix_server_session_id')
        batch_op.drop_column('rotated_at')
        batch_op.drop_column('previous_hash')
        batch_op.drop_column('locked_at')
        batch_op.drop_column('second_factor_at')
        batch_op.drop_column('id')

    with op.batch_alter_table('membership', schema=None) as batch_op:
        batch_op.drop_column('may_break_glass')

    with op.batch_alter_table('clinic', schema=None) as batch_op:
        batch_op.drop_column('co_signature_from')
        batch_op.drop_column('co_signature_expected')
        batch_op.drop_column('second_factor')

    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_column('session_id')

    op.drop_table('amendment_request_entry')
    with op.batch_alter_table('visit_move', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_move_to')

    op.drop_table('visit_move')
    op.drop_table('co_signature')
    with op.batch_alter_table('amendment_request', schema=None) as batch_op:
        batch_op.drop_index('ix_amendment_request_visit')
        batch_op.drop_index('ix_amendment_request_patient')

    op.drop_table('amendment_request')
    with op.batch_alter_table('patient_merge', schema=None) as batch_op:
        batch_op.drop_index('uq_patient_merge_in_force', sqlite_where=sa.text('undone_at IS NULL'), postgresql_where=sa.text('undone_at IS NULL'))
        batch_op.drop_index('ix_patient_merge_kept')

    op.drop_table('patient_merge')
    op.drop_table('patient_distinct')
    with op.batch_alter_table('one_time_code', schema=None) as batch_op:
        batch_op.drop_index('ix_one_time_code_user')

    op.drop_table('one_time_code')
    with op.batch_alter_table('emergency_access', schema=None) as batch_op:
        batch_op.drop_index('ix_emergency_access_user')

    op.drop_table('emergency_access')
    op.drop_table('recovery_code')
    with op.batch_alter_table('passkey', schema=None) as batch_op:
        batch_op.drop_index('ix_passkey_user')

    op.drop_table('passkey')
    op.drop_table('authenticator')
    with op.batch_alter_table('sign_in_tries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_tries_began_at'))

    op.drop_table('sign_in_tries')
    with op.batch_alter_table('sign_in_step', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_in_step_expires_at'))

    op.drop_table('sign_in_step')
