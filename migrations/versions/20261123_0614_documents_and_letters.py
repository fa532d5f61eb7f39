"""Documents handed over, letters and their templates, accepted texts, the logo; paper, footer and language of a clinic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('clinic_logo',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('uploaded_by', sa.String(length=200), nullable=False),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.CheckConstraint('width > 0 AND height > 0', name=op.f('ck_clinic_logo_has_a_size')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_clinic_logo_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', name=op.f('pk_clinic_logo'))
    )
    op.create_table('letter_template',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('opening', sa.Text(), nullable=False),
    sa.Column('closing', sa.Text(), nullable=False),
    sa.Column('written_by', sa.String(length=200), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_letter_template_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_letter_template'))
    )
    op.create_table('text_approval',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('text_id', sa.String(length=60), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('accepted_by', sa.String(length=200), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_by', sa.String(length=200), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_text_approval_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_text_approval'))
    )
    with op.batch_alter_table('text_approval', schema=None) as batch_op:
        batch_op.create_index('ix_text_approval_text', ['clinic_id', 'text_id', 'language'], unique=False)

    op.create_table('issued_document',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('pack_id', sa.String(length=26), nullable=True),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('edition', sa.Enum('normal', 'large', name='edition', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('paper', sa.String(length=10), nullable=False),
    sa.Column('reference', sa.String(length=60), nullable=False),
    sa.Column('given_to', sa.String(length=200), nullable=False),
    sa.Column('purpose', sa.String(length=400), nullable=False),
    sa.Column('issued_by', sa.String(length=200), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('content_sha256', sa.String(length=64), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_issued_document_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_issued_document_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_issued_document_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_issued_document'))
    )
    with op.batch_alter_table('issued_document', schema=None) as batch_op:
        batch_op.create_index('ix_issued_document_patient', ['clinic_id', 'patient_id', 'issued_at'], unique=False)
        batch_op.create_index('ix_issued_document_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('letter',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('state', sa.Enum('draft', 'issued', 'discarded', name='letterstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('template_id', sa.String(length=26), nullable=True),
    sa.Column('recipient', sa.String(length=200), nullable=False),
    sa.Column('recipient_address', sa.Text(), nullable=False),
    sa.Column('opening', sa.Text(), nullable=False),
    sa.Column('closing', sa.Text(), nullable=False),
    sa.Column('left_out', sa.Text(), nullable=False),
    sa.Column('written_by', sa.String(length=200), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('document_id', sa.String(length=26), nullable=True),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_letter_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_letter_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_letter_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_letter'))
    )
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.create_index('ix_letter_patient', ['clinic_id', 'patient_id'], unique=False)

    with op.batch_alter_table('clinic', schema=None) as batch_op:
        batch_op.add_column(sa.Column('paper', sa.String(length=10), nullable=False, server_default='A4'))
        batch_op.add_column(sa.Column('footer', sa.String(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('language', sa.String(length=20), nullable=False, server_default='en'))

    with op.batch_alter_table('patient', schema=None) as batch_op:
        batch_op.add_column(sa.Column('handout_language', sa.String(length=20), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('handout_edition', sa.String(length=10), nullable=False, server_default='normal'))



def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table('patient', schema=None) as batch_op:
        batch_op.drop_column('handout_edition')
        batch_op.drop_column('handout_language')

    with op.batch_alter_table('clinic', schema=None) as batch_op:
        batch_op.drop_column('language')
        batch_op.drop_column('footer')
        batch_op.drop_column('paper')

    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index('ix_letter_patient')

    op.drop_table('letter')
    with op.batch_alter_table('issued_document', schema=None) as batch_op:
        batch_op.drop_index('ix_issued_document_visit')
        batch_op.drop_index('ix_issued_document_patient')

    op.drop_table('issued_document')
    with op.batch_alter_table('text_approval', schema=None) as batch_op:
        batch_op.drop_index('ix_text_approval_text')

    op.drop_table('text_approval')
    op.drop_table('letter_template')
    op.drop_table('clinic_logo')
