"""Counts and levels of unopened vials, saved cohorts, an index for lots of transcribed sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('stock_level',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('product', sa.String(length=40), nullable=False),
    sa.Column('vials', sa.Integer(), nullable=False),
    sa.Column('set_by', sa.String(length=200), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('vials >= 0', name=op.f('ck_stock_level_vials_not_negative')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_stock_level_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'product', name=op.f('pk_stock_level'))
    )
    op.create_table('cohort',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('criteria', sa.Text(), nullable=False),
    sa.Column('schema_number', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.String(length=26), nullable=False),
    sa.Column('owner_name', sa.String(length=200), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('salt', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'owner_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_cohort_clinic_id_owner_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_cohort_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_cohort'))
    )
    with op.batch_alter_table('cohort', schema=None) as batch_op:
        batch_op.create_index('ix_cohort_owner', ['clinic_id', 'owner_id'], unique=False)

    op.create_table('lot_count',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('lot_id', sa.String(length=26), nullable=False),
    sa.Column('kind', sa.Enum('received', 'sent back', 'lost or broken', 'corrected by counting', name='countkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('vials', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'lot_id'], ['lot.clinic_id', 'lot.id'], name=op.f('fk_lot_count_clinic_id_lot_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_lot_count_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_lot_count'))
    )
    with op.batch_alter_table('lot_count', schema=None) as batch_op:
        batch_op.create_index('ix_lot_count_lot', ['clinic_id', 'lot_id'], unique=False)

    with op.batch_alter_table('issued_document', schema=None) as batch_op:
        batch_op.create_index('ix_issued_document_pack', ['clinic_id', 'pack_id'], unique=False)

    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.create_index('ix_injection_site_muscle', ['clinic_id', 'muscle', 'visit_id'], unique=False)

    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.create_index('ix_assessment_instrument', ['clinic_id', 'instrument', 'visit_id'], unique=False)

    with op.batch_alter_table('vial_entry', schema=None) as batch_op:
        batch_op.create_index('ix_vial_entry_at', ['clinic_id', 'at'], unique=False)

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index('ix_visit_on', ['clinic_id', 'on'], unique=False)
        batch_op.drop_index('ix_visit_amends')
        batch_op.create_index('ix_visit_amends', ['clinic_id', 'amends_id', 'state'], unique=False, sqlite_where=sa.text('amends_id IS NOT NULL'), postgresql_where=sa.text('amends_id IS NOT NULL'))

    with op.batch_alter_table('injection_session', schema=None) as batch_op:
        batch_op.create_index('ix_injection_session_transcribed', ['clinic_id', 'transcribed_product', 'transcribed_lot'], unique=False, sqlite_where=sa.text('transcribed = 1'), postgresql_where=sa.text('transcribed'))



def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.drop_index('ix_assessment_instrument')

    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.drop_index('ix_injection_site_muscle')

    with op.batch_alter_table('issued_document', schema=None) as batch_op:
        batch_op.drop_index('ix_issued_document_pack')

    with op.batch_alter_table('vial_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_vial_entry_at')

    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_amends')
        batch_op.create_index('ix_visit_amends', ['clinic_id', 'amends_id'], unique=False)
        batch_op.drop_index('ix_visit_on')

    with op.batch_alter_table('injection_session', schema=None) as batch_op:
        batch_op.drop_index('ix_injection_session_transcribed')

    with op.batch_alter_table('lot_count', schema=None) as batch_op:
        batch_op.drop_index('ix_lot_count_lot')

    op.drop_table('lot_count')
    with op.batch_alter_table('cohort', schema=None) as batch_op:
        batch_op.drop_index('ix_cohort_owner')

    op.drop_table('cohort')
    op.drop_table('stock_level')
