"""What the work lists are looked up by: their lines, and an index of the few sites that came from a plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None
OWNED = (
    ('earlier_treatment', 'condition'),
    ('muscle_status', 'patient'),
    ('toxin_elsewhere', 'patient'),
    ('patient_form', 'patient'),
    ('amendment_request_entry', 'visit'),
)


def upgrade() -> None:
    """Apply this step."""
    planned = sa.text('from_planned_target IS NOT NULL')
    op.create_index(
        'ix_injection_site_planned',
        'injection_site',
        ['clinic_id', 'from_planned_target', 'visit_id'],
        sqlite_where=planned,
        postgresql_where=planned,
    )
    op.create_index('ix_signature_role', 'signature', ['clinic_id', 'signer_role', 'visit_id'])
    for table, owner in OWNED:
        op.create_index(f'ix_{table}_{owner}', table, ['clinic_id', f'{owner}_id'])
    _lines()
    _mark()
    _vials()


def _vials() -> None:
    op.add_column('vial', sa.Column('is_spent', sa.Boolean(), server_default=sa.false(), nullable=False))
    vial = sa.table('vial', *map(sa.column, ('clinic_id', 'id', 'is_spent')))
    entry = sa.table('vial_entry', *map(sa.column, ('clinic_id', 'vial_id', 'units')))
    of_it = (entry.c.clinic_id == vial.c.clinic_id) & (entry.c.vial_id == vial.c.id)
    left = sa.select(sa.func.sum(entry.c.units)).where(of_it).scalar_subquery()
    op.execute(vial.update().where(left == 0).values(is_spent=sa.true()))
    op.create_index('ix_vial_opened', 'vial', ['clinic_id', 'opened_at'])
    op.create_index('ix_vial_spent', 'vial', ['clinic_id', 'is_spent', 'id'])
    # With the units in it, what is left in a vial is summed from the index alone.
    op.drop_index('ix_vial_entry_vial', table_name='vial_entry')
    op.create_index('ix_vial_entry_vial', 'vial_entry', ['clinic_id', 'vial_id', 'units'])


def _lines() -> None:
    lists = ('reviews', 'injections', 'therapy', 'referrals', 'plans')
    op.create_table(
        'waiting_line',
        sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            'list',
            sa.Enum(*lists, name='worklist', native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('since', sa.Date(), nullable=False),
        sa.Column('patient_id', sa.String(length=26), nullable=False),
        sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('shown_from', sa.Date(), nullable=False),
        sa.Column('due_from', sa.Date(), nullable=False),
        sa.Column('overdue_from', sa.Date(), nullable=False),
        sa.Column('shown_until', sa.Date(), nullable=False),
        sa.Column('by_id', sa.String(length=26), nullable=False),
        sa.Column('by', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_waiting_line_clinic_id_clinic')),
        sa.ForeignKeyConstraint(
            ['clinic_id', 'patient_id'],
            ['patient.clinic_id', 'patient.id'],
            name=op.f('fk_waiting_line_clinic_id_patient_id_patient'),
        ),
        sa.PrimaryKeyConstraint(
            'clinic_id', 'list', 'due_on', 'since', 'patient_id', 'place', name=op.f('pk_waiting_line')
        ),
    )
    until = ('shown_from', 'shown_until')
    op.create_index('ix_waiting_line_patient', 'waiting_line', ['clinic_id', 'patient_id'])
    op.create_index('ix_waiting_line_shown', 'waiting_line', ['clinic_id', 'list', *until])
    op.create_index('ix_waiting_line_due', 'waiting_line', ['clinic_id', 'list', 'due_from', *until])
    op.create_index('ix_waiting_line_overdue', 'waiting_line', ['clinic_id', 'list', 'overdue_from', *until])
    op.create_index('ix_waiting_line_by', 'waiting_line', ['clinic_id', 'list', 'by_id', 'due_on'])


def _mark() -> None:
    op.create_table(
        'waiting_mark',
        sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('sequence', sa.Integer(), nullable=False),
        sa.Column('time_zone', sa.String(length=60), nullable=False),
        sa.Column('interval_days', sa.Integer(), nullable=False),
        sa.Column('rules', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_waiting_mark_clinic_id_clinic')),
        sa.PrimaryKeyConstraint('clinic_id', name=op.f('pk_waiting_mark')),
    )


def downgrade() -> None:
    """Take this step back."""
    op.drop_index('ix_vial_entry_vial', table_name='vial_entry')
    op.create_index('ix_vial_entry_vial', 'vial_entry', ['clinic_id', 'vial_id'])
    op.drop_index('ix_vial_spent', table_name='vial')
    op.drop_index('ix_vial_opened', table_name='vial')
    op.drop_column('vial', 'is_spent')
    op.drop_table('waiting_mark')
    op.drop_table('waiting_line')
    op.drop_index('ix_signature_role', table_name='signature')
    for table, owner in OWNED:
        op.drop_index(f'ix_{table}_{owner}', table_name=table)
    op.drop_index('ix_injection_site_planned', table_name='injection_site')
