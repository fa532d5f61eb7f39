"""Charting: changes to undo, who has a draft open, personal patterns, doses still to be entered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('pattern',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id', 'user_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_pattern_clinic_id_user_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_pattern_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_pattern'))
    )
    with op.batch_alter_table('pattern', schema=None) as batch_op:
        batch_op.create_index('ix_pattern_user', ['clinic_id', 'user_id'], unique=False)

    op.create_table('draft_viewer',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'user_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_draft_viewer_clinic_id_user_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_draft_viewer_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_draft_viewer_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', 'user_id', name=op.f('pk_draft_viewer'))
    )
    op.create_table('pattern_site',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('pattern_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('sub_site', sa.String(length=60), nullable=True),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('x', sa.Integer(), nullable=False),
    sa.Column('y', sa.Integer(), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('product', sa.String(length=40), nullable=True),
    sa.Column('purpose', sa.Enum('synkinesis', 'balance', 'tearing', 'other', name='purpose', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('depth', sa.Enum('intradermal', 'subcutaneous', 'intramuscular', 'intraglandular', name='depth', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.CheckConstraint('units >= 0', name=op.f('ck_pattern_site_units_not_negative')),
    sa.ForeignKeyConstraint(['clinic_id', 'pattern_id'], ['pattern.clinic_id', 'pattern.id'], name=op.f('fk_pattern_site_clinic_id_pattern_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_pattern_site_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_pattern_site'))
    )
    with op.batch_alter_table('pattern_site', schema=None) as batch_op:
        batch_op.create_index('ix_pattern_site_pattern', ['clinic_id', 'pattern_id', 'number'], unique=False)

    op.create_table('site_change',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=300), nullable=False),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('after', sa.Text(), nullable=False),
    sa.Column('undone_at', sa.Integer(), nullable=True),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_site_change_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_site_change_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_site_change')),
    sa.UniqueConstraint('clinic_id', 'visit_id', 'number', name=op.f('uq_site_change_clinic_id_visit_id_number'))
    )
    with op.batch_alter_table('clinic', schema=None) as batch_op:
        batch_op.add_column(sa.Column('time_out_typed', sa.Boolean(), nullable=False, server_default=sa.true()))

    with op.batch_alter_table('injection_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shorthand', sa.Text(), nullable=False, server_default=''))

    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.add_column(sa.Column('dose_product', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('pattern_name', sa.String(length=80), nullable=False, server_default=''))
        batch_op.drop_constraint(op.f('ck_injection_site_units_positive'), type_='check')
        batch_op.create_check_constraint(op.f('ck_injection_site_units_positive_when_given'), 'units > 0 OR (units = 0 AND given_at IS NULL)')



def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_injection_site_units_positive_when_given'), type_='check')
        batch_op.create_check_constraint(op.f('ck_injection_site_units_positive'), 'units > 0')
        batch_op.drop_column('pattern_name')
        batch_op.drop_column('dose_product')

    with op.batch_alter_table('injection_session', schema=None) as batch_op:
        batch_op.drop_column('shorthand')

    with op.batch_alter_table('clinic', schema=None) as batch_op:
        batch_op.drop_column('time_out_typed')

    op.drop_table('site_change')
    with op.batch_alter_table('pattern_site', schema=None) as batch_op:
        batch_op.drop_index('ix_pattern_site_pattern')

    op.drop_table('pattern_site')
    op.drop_table('draft_viewer')
    with op.batch_alter_table('pattern', schema=None) as batch_op:
        batch_op.drop_index('ix_pattern_user')

    op.drop_table('pattern')
