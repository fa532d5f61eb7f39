"""first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('audit_event',
    sa.Column('chain', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sequence', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('username', sa.String(length=80), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=True),
    sa.Column('action', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('values', sa.Text(), nullable=False),
    sa.Column('request_id', sa.String(length=40), nullable=False),
    sa.Column('address', sa.String(length=60), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('chain', 'sequence', name=op.f('pk_audit_event'))
    )
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.create_index('ix_audit_event_chain_at', ['chain', 'at'], unique=False)
        batch_op.create_index('ix_audit_event_chain_patient', ['chain', 'patient_id', 'sequence'], unique=False)

    op.create_table('audit_head',
    sa.Column('chain', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('chain', name=op.f('pk_audit_head'))
    )
    op.create_table('clinic',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('phone', sa.String(length=60), nullable=False),
    sa.Column('emergency_phone', sa.String(length=60), nullable=False),
    sa.Column('time_zone', sa.String(length=60), nullable=False),
    sa.Column('dose_step', sa.Integer(), nullable=False),
    sa.Column('usual_doses', sa.String(length=120), nullable=False),
    sa.Column('review_interval_days', sa.Integer(), nullable=False),
    sa.Column('vial_sharing_needs_reason', sa.Boolean(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('dose_step > 0', name=op.f('ck_clinic_dose_step_positive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clinic'))
    )
    op.create_table('idempotency_key',
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('body_hash', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('user_id', 'key', name=op.f('pk_idempotency_key'))
    )
    with op.batch_alter_table('idempotency_key', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotency_key_created_at'), ['created_at'], unique=False)

    op.create_table('user',
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('username', sa.String(length=80), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('username', name=op.f('uq_user_username'))
    )
    op.create_table('dose_preset',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('product', sa.String(length=40), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('site_group', sa.String(length=60), nullable=True),
    sa.Column('per_site_low', sa.Integer(), nullable=False),
    sa.Column('per_site_high', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('accepted_by', sa.String(length=200), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('per_site_low > 0 AND per_site_high >= per_site_low', name=op.f('ck_dose_preset_range_in_order')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_dose_preset_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_dose_preset'))
    )
    op.create_table('lot',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('product', sa.String(length=40), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('folded_number', sa.String(length=60), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('supplier', sa.String(length=200), nullable=False),
    sa.Column('recalled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recall_reason', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_lot_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_lot')),
    sa.UniqueConstraint('clinic_id', 'product', 'folded_number', name=op.f('uq_lot_clinic_id_product_folded_number'))
    )
    op.create_table('membership',
    sa.Column('clinic_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('role', sa.Enum('prescriber', 'injector', 'therapist', 'assistant', 'administrator', 'auditor', name='role', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('prescriber_id', sa.String(length=26), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'prescriber_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_membership_clinic_id_prescriber_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_membership_clinic_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_membership_user_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'user_id', name=op.f('pk_membership'))
    )
    op.create_table('patient',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('record_number', sa.String(length=40), nullable=False),
    sa.Column('family_name', sa.String(length=120), nullable=False),
    sa.Column('given_names', sa.String(length=120), nullable=False),
    sa.Column('birth_date', sa.Date(), nullable=False),
    sa.Column('sex', sa.Enum('female', 'male', 'other', 'not recorded', name='sex', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('phone', sa.String(length=60), nullable=False),
    sa.Column('email', sa.String(length=200), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=40), nullable=False),
    sa.Column('synthetic', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_reason', sa.Text(), nullable=False),
    sa.Column('last_visit_on', sa.Date(), nullable=True),
    sa.Column('next_due_on', sa.Date(), nullable=True),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_patient_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_patient')),
    sa.UniqueConstraint('clinic_id', 'record_number', name=op.f('uq_patient_clinic_id_record_number'))
    )
    with op.batch_alter_table('patient', schema=None) as batch_op:
        batch_op.create_index('ix_patient_clinic_birth', ['clinic_id', 'birth_date'], unique=False)
        batch_op.create_index('ix_patient_clinic_due', ['clinic_id', 'next_due_on'], unique=False)

    op.create_table('condition',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('cause', sa.Enum("Bell's palsy", 'herpes zoster oticus', 'tumour surgery', 'trauma', 'parotid surgery', 'Lyme disease', 'otitis', 'congenital', 'other', name='cause', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('cause_detail', sa.String(length=200), nullable=False),
    sa.Column('onset_on', sa.Date(), nullable=True),
    sa.Column('onset_precision', sa.Enum('day', 'month', 'year', 'unknown', name='dateprecision', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('worst_house_brackmann', sa.Integer(), nullable=True),
    sa.Column('first_movement_on', sa.Date(), nullable=True),
    sa.Column('eye_status', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint("side IN ('right', 'left')", name=op.f('ck_condition_side_is_one_side')),
    sa.CheckConstraint('worst_house_brackmann BETWEEN 1 AND 6', name=op.f('ck_condition_house_brackmann_range')),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_condition_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_condition_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_condition'))
    )
    with op.batch_alter_table('condition', schema=None) as batch_op:
        batch_op.create_index('ix_condition_patient', ['clinic_id', 'patient_id'], unique=False)

    op.create_table('muscle_status',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('state', sa.Enum('absent', 'resected', 'transferred', name='musclestate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('procedure', sa.String(length=200), nullable=False),
    sa.Column('on', sa.Date(), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_muscle_status_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_muscle_status_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_muscle_status'))
    )
    op.create_table('patient_word',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('word', sa.String(length=120).with_variant(sa.String(length=120, collation='C'), 'postgresql'), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_patient_word_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_patient_word_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'word', 'patient_id', name=op.f('pk_patient_word'))
    )
    with op.batch_alter_table('patient_word', schema=None) as batch_op:
        batch_op.create_index('ix_patient_word_patient', ['clinic_id', 'patient_id', 'word'], unique=False)

    op.create_table('safety_fact',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('kind', sa.Enum('toxin_allergy', 'other_allergy', 'neuromuscular', 'anticoagulant', 'swallowing', 'breathing', 'non_response', 'pregnancy', name='safetyfactkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('answer', sa.Enum('yes', 'no', 'unknown', 'not applicable', name='answer', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_safety_fact_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_safety_fact_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'patient_id', 'kind', name=op.f('pk_safety_fact'))
    )
    op.create_table('server_session',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('clinic_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('password_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('address', sa.String(length=60), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'user_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_server_session_clinic_id_user_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_server_session'))
    )
    with op.batch_alter_table('server_session', schema=None) as batch_op:
        batch_op.create_index('ix_server_session_user_id', ['user_id'], unique=False)

    op.create_table('toxin_elsewhere',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('product', sa.String(length=40), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('units > 0', name=op.f('ck_toxin_elsewhere_units_positive')),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_toxin_elsewhere_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_toxin_elsewhere_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_toxin_elsewhere'))
    )
    op.create_table('vial',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('lot_id', sa.String(length=26), nullable=False),
    sa.Column('label', sa.String(length=20), nullable=False),
    sa.Column('labelled_units', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('diluent', sa.String(length=120), nullable=False),
    sa.Column('diluent_microlitres', sa.Integer(), nullable=True),
    sa.Column('mixed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mixed_by', sa.String(length=200), nullable=False),
    sa.Column('use_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('use_by_rule', sa.String(length=300), nullable=False),
    sa.Column('discarded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('diluent_microlitres > 0', name=op.f('ck_vial_diluent_positive')),
    sa.CheckConstraint('labelled_units > 0', name=op.f('ck_vial_labelled_units_positive')),
    sa.ForeignKeyConstraint(['clinic_id', 'lot_id'], ['lot.clinic_id', 'lot.id'], name=op.f('fk_vial_clinic_id_lot_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_vial_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_vial')),
    sa.UniqueConstraint('clinic_id', 'label', name=op.f('uq_vial_clinic_id_label'))
    )
    with op.batch_alter_table('vial', schema=None) as batch_op:
        batch_op.create_index('ix_vial_lot', ['clinic_id', 'lot_id'], unique=False)

    op.create_table('visit',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('time_zone', sa.String(length=60), nullable=False),
    sa.Column('author_id', sa.String(length=26), nullable=False),
    sa.Column('author_name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.Enum('draft', 'signed', 'discarded', name='visitstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('amends_id', sa.String(length=26), nullable=True),
    sa.Column('amendment_reason', sa.Text(), nullable=False),
    sa.Column('complaints', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=200), nullable=False),
    sa.Column('discarded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('discard_reason', sa.Text(), nullable=False),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('revision >= 1', name=op.f('ck_visit_revision_positive')),
    sa.ForeignKeyConstraint(['clinic_id', 'amends_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_visit_clinic_id_amends_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'author_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_visit_clinic_id_author_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_visit_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_visit_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_visit'))
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index('ix_visit_amends', ['clinic_id', 'amends_id'], unique=False)
        batch_op.create_index('ix_visit_patient_on', ['clinic_id', 'patient_id', 'on'], unique=False)
        batch_op.create_index('ix_visit_state', ['clinic_id', 'state'], unique=False)

    op.create_table('addendum',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('signer_id', sa.String(length=26), nullable=False),
    sa.Column('signer_name', sa.String(length=200), nullable=False),
    sa.Column('signer_role', sa.Enum('prescriber', 'injector', 'therapist', 'assistant', 'administrator', 'auditor', name='role', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seal', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_addendum_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_addendum_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_addendum'))
    )
    with op.batch_alter_table('addendum', schema=None) as batch_op:
        batch_op.create_index('ix_addendum_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('document',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('issued_by', sa.String(length=200), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_document_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_document_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_document'))
    )
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index('ix_document_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('earlier_treatment',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('condition_id', sa.String(length=26), nullable=False),
    sa.Column('kind', sa.Enum('facial training', 'botulinum toxin', 'surgery', 'other', name='earliertreatmentkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('on', sa.Date(), nullable=True),
    sa.Column('precision', sa.Enum('day', 'month', 'year', 'unknown', name='dateprecision', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id', 'condition_id'], ['condition.clinic_id', 'condition.id'], name=op.f('fk_earlier_treatment_clinic_id_condition_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_earlier_treatment_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_earlier_treatment'))
    )
    op.create_table('finding_override',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('finding_key', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_finding_override_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_finding_override_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_finding_override')),
    sa.UniqueConstraint('clinic_id', 'visit_id', 'finding_key', name=op.f('uq_finding_override_clinic_id_visit_id_finding_key'))
    )
    op.create_table('injection_session',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('given_by', sa.String(length=200), nullable=False),
    sa.Column('ordered_by', sa.String(length=200), nullable=False),
    sa.Column('supervised_by', sa.String(length=200), nullable=False),
    sa.Column('touch_up_of', sa.String(length=26), nullable=True),
    sa.Column('transcribed', sa.Boolean(), nullable=False),
    sa.Column('transcribed_source', sa.Text(), nullable=False),
    sa.Column('transcribed_product', sa.String(length=40), nullable=True),
    sa.Column('transcribed_lot', sa.String(length=60), nullable=False),
    sa.Column('guidance', sa.String(length=120), nullable=False),
    sa.Column('needle', sa.String(length=60), nullable=False),
    sa.Column('anaesthesia', sa.String(length=200), nullable=False),
    sa.Column('indication', sa.Text(), nullable=False),
    sa.Column('consent', sa.Text(), nullable=False),
    sa.Column('consent_by', sa.String(length=200), nullable=False),
    sa.Column('consent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('entered_late_reason', sa.Text(), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('prepared_by', sa.String(length=200), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'touch_up_of'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_injection_session_clinic_id_touch_up_of')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_injection_session_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_injection_session_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', name=op.f('pk_injection_session'))
    )
    op.create_table('screening_answer',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('question', sa.Enum('allergy', 'infection', 'pregnancy', 'breastfeeding', 'neuromuscular', 'swallowing', 'breathing', 'anticoagulant', 'interacting_medicine', 'other_toxin', 'lagophthalmos', 'bells_phenomenon', 'corneal_sensation', 'dry_eye', 'sore_red_eye', 'lid_surgery', name='question', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('answer', sa.Enum('yes', 'no', 'unknown', 'not applicable', name='answer', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('tenths_mm', sa.Integer(), nullable=True),
    sa.Column('answered_by', sa.String(length=200), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('tenths_mm BETWEEN 0 AND 300', name=op.f('ck_screening_answer_millimetres_range')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_screening_answer_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_screening_answer_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', 'question', name=op.f('pk_screening_answer'))
    )
    op.create_table('signature',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('signer_id', sa.String(length=26), nullable=False),
    sa.Column('signer_name', sa.String(length=200), nullable=False),
    sa.Column('signer_role', sa.Enum('prescriber', 'injector', 'therapist', 'assistant', 'administrator', 'auditor', name='role', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('under', sa.String(length=200), nullable=False),
    sa.Column('meaning', sa.Enum('performed and recorded', 'recorded', 'transcribed from an earlier record', 'amended', name='meaning', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('time_zone', sa.String(length=60), nullable=False),
    sa.Column('schema_number', sa.Integer(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('seal', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_signature_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_signature_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_signature')),
    sa.UniqueConstraint('clinic_id', 'visit_id', name=op.f('uq_signature_clinic_id_visit_id'))
    )
    op.create_table('syringe',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('vial_id', sa.String(length=26), nullable=False),
    sa.Column('letter', sa.String(length=2), nullable=False),
    sa.Column('concentration_units', sa.Integer(), nullable=False),
    sa.Column('concentration_microlitres', sa.Integer(), nullable=False),
    sa.Column('units_drawn', sa.Integer(), nullable=True),
    sa.Column('wasted', sa.Integer(), nullable=False),
    sa.Column('waste_reason', sa.Text(), nullable=False),
    sa.CheckConstraint('concentration_microlitres > 0', name=op.f('ck_syringe_concentration_volume_positive')),
    sa.CheckConstraint('concentration_units > 0', name=op.f('ck_syringe_concentration_units_positive')),
    sa.CheckConstraint('wasted >= 0', name=op.f('ck_syringe_wasted_not_negative')),
    sa.ForeignKeyConstraint(['clinic_id', 'vial_id'], ['vial.clinic_id', 'vial.id'], name=op.f('fk_syringe_clinic_id_vial_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_syringe_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_syringe_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_syringe')),
    sa.UniqueConstraint('clinic_id', 'visit_id', 'letter', name=op.f('uq_syringe_clinic_id_visit_id_letter'))
    )
    with op.batch_alter_table('syringe', schema=None) as batch_op:
        batch_op.create_index('ix_syringe_vial', ['clinic_id', 'vial_id'], unique=False)

    op.create_table('time_out',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('confirmed', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_time_out_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_time_out_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_time_out'))
    )
    with op.batch_alter_table('time_out', schema=None) as batch_op:
        batch_op.create_index('ix_time_out_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('vial_entry',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('vial_id', sa.String(length=26), nullable=False),
    sa.Column('kind', sa.Enum('opened', 'given', 'wasted', 'adjusted', 'returned', name='entrykind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('patient_id', sa.String(length=26), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_vial_entry_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'vial_id'], ['vial.clinic_id', 'vial.id'], name=op.f('fk_vial_entry_clinic_id_vial_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_vial_entry_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_vial_entry_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_vial_entry'))
    )
    with op.batch_alter_table('vial_entry', schema=None) as batch_op:
        batch_op.create_index('ix_vial_entry_vial', ['clinic_id', 'vial_id'], unique=False)
        batch_op.create_index('ix_vial_entry_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('visit_condition',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('condition_id', sa.String(length=26), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'condition_id'], ['condition.clinic_id', 'condition.id'], name=op.f('fk_visit_condition_clinic_id_condition_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_visit_condition_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_visit_condition_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', 'condition_id', name=op.f('pk_visit_condition'))
    )
    op.create_table('visit_note',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('section', sa.Enum('outcome', 'assessment', 'plan', 'therapy', 'phone', 'note', name='section', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_visit_note_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_visit_note_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', 'section', name=op.f('pk_visit_note'))
    )
    op.create_table('visit_void',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('disposition', sa.Enum('not given', 'given', name='disposition', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('by_id', sa.String(length=26), nullable=False),
    sa.Column('by_name', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_visit_void_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_visit_void_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', name=op.f('pk_visit_void'))
    )
    op.create_table('injection_site',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Enum('synkinesis', 'balance', 'tearing', 'other', name='purpose', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('sub_site', sa.String(length=60), nullable=True),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('x', sa.Integer(), nullable=False),
    sa.Column('y', sa.Integer(), nullable=False),
    sa.Column('view', sa.String(length=20), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('syringe_id', sa.String(length=26), nullable=True),
    sa.Column('depth', sa.Enum('intradermal', 'subcutaneous', 'intramuscular', 'intraglandular', name='depth', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('copied_from', sa.Date(), nullable=True),
    sa.Column('from_previous_site', sa.String(length=26), nullable=True),
    sa.Column('confirmed', sa.Boolean(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('given_by', sa.String(length=200), nullable=False),
    sa.Column('given_recorded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('entered_late_reason', sa.Text(), nullable=False),
    sa.CheckConstraint('number >= 1', name=op.f('ck_injection_site_number_positive')),
    sa.CheckConstraint('units > 0', name=op.f('ck_injection_site_units_positive')),
    sa.ForeignKeyConstraint(['clinic_id', 'syringe_id'], ['syringe.clinic_id', 'syringe.id'], name=op.f('fk_injection_site_clinic_id_syringe_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_injection_site_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_injection_site_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_injection_site'))
    )
    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.create_index('ix_injection_site_syringe', ['clinic_id', 'syringe_id'], unique=False)
        batch_op.create_index('ix_injection_site_visit', ['clinic_id', 'visit_id', 'number'], unique=False)



def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.drop_index('ix_injection_site_visit')
        batch_op.drop_index('ix_injection_site_syringe')

    op.drop_table('injection_site')
    op.drop_table('visit_void')
    op.drop_table('visit_note')
    op.drop_table('visit_condition')
    with op.batch_alter_table('vial_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_vial_entry_visit')
        batch_op.drop_index('ix_vial_entry_vial')

    op.drop_table('vial_entry')
    with op.batch_alter_table('time_out', schema=None) as batch_op:
        batch_op.drop_index('ix_time_out_visit')

    op.drop_table('time_out')
    with op.batch_alter_table('syringe', schema=None) as batch_op:
        batch_op.drop_index('ix_syringe_vial')

    op.drop_table('syringe')
    op.drop_table('signature')
    op.drop_table('screening_answer')
    op.drop_table('injection_session')
    op.drop_table('finding_override')
    op.drop_table('earlier_treatment')
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.drop_index('ix_document_visit')

    op.drop_table('document')
    with op.batch_alter_table('addendum', schema=None) as batch_op:
        batch_op.drop_index('ix_addendum_visit')

    op.drop_table('addendum')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_state')
        batch_op.drop_index('ix_visit_patient_on')
        batch_op.drop_index('ix_visit_amends')

    op.drop_table('visit')
    with op.batch_alter_table('vial', schema=None) as batch_op:
        batch_op.drop_index('ix_vial_lot')

    op.drop_table('vial')
    op.drop_table('toxin_elsewhere')
    with op.batch_alter_table('server_session', schema=None) as batch_op:
        batch_op.drop_index('ix_server_session_user_id')

    op.drop_table('server_session')
    op.drop_table('safety_fact')
    with op.batch_alter_table('patient_word', schema=None) as batch_op:
        batch_op.drop_index('ix_patient_word_patient')

    op.drop_table('patient_word')
    op.drop_table('muscle_status')
    with op.batch_alter_table('condition', schema=None) as batch_op:
        batch_op.drop_index('ix_condition_patient')

    op.drop_table('condition')
    with op.batch_alter_table('patient', schema=None) as batch_op:
        batch_op.drop_index('ix_patient_clinic_due')
        batch_op.drop_index('ix_patient_clinic_birth')

    op.drop_table('patient')
    op.drop_table('membership')
    op.drop_table('lot')
    op.drop_table('dose_preset')
    op.drop_table('user')
    with op.batch_alter_table('idempotency_key', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_key_created_at'))

    op.drop_table('idempotency_key')
    op.drop_table('clinic')
    op.drop_table('audit_head')
    with op.batch_alter_table('audit_event', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_event_chain_patient')
        batch_op.drop_index('ix_audit_event_chain_at')

    op.drop_table('audit_event')
