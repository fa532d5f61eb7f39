"""Runs of the backup, of restoring and of the drill."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        'backup_run',
        sa.Column('id', sa.String(length=26), nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('verified', sa.Boolean(), nullable=False),
        sa.Column('database', sa.String(length=20), nullable=False),
        sa.Column('file', sa.String(length=255), nullable=False),
        sa.Column('size_bytes', sa.BigInteger(), nullable=True),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('why', sa.String(length=500), nullable=False),
        sa.Column('problem', sa.String(length=500), nullable=False),
        sa.CheckConstraint("kind IN ('backup', 'drill', 'restore')", name=op.f('ck_backup_run_kind')),
        sa.CheckConstraint(
            "NOT verified OR (finished_at IS NOT NULL AND problem = '')", name=op.f('ck_backup_run_verified_is_finished')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_backup_run')),
    )
    op.create_index(op.f('ix_backup_run_kind_finished_at'), 'backup_run', ['kind', 'finished_at'])


def downgrade() -> None:
    """Take this step back."""
    op.drop_index(op.f('ix_backup_run_kind_finished_at'), table_name='backup_run')
    op.drop_table('backup_run')
