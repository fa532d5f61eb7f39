"""Assessments and outcome: instruments, the synkinesis grid, reviews, adverse events, forms in patients' hands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('instrument_licence',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('instrument', sa.String(length=40), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('accepted_by', sa.String(length=200), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_instrument_licence_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'instrument', name=op.f('pk_instrument_licence'))
    )
    op.create_table('instrument_wording',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('instrument', sa.String(length=40), nullable=False),
    sa.Column('part', sa.String(length=80), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_instrument_wording_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'instrument', 'part', name=op.f('pk_instrument_wording'))
    )
    op.create_table('adverse_event',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('session_id', sa.String(length=26), nullable=True),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_adverse_event_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'session_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_adverse_event_clinic_id_session_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_adverse_event_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_adverse_event_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_adverse_event'))
    )
    with op.batch_alter_table('adverse_event', schema=None) as batch_op:
        batch_op.create_index('ix_adverse_event_patient', ['clinic_id', 'patient_id'], unique=False)

    op.create_table('assessment',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('instrument', sa.String(length=40), nullable=False),
    sa.Column('version', sa.String(length=20), nullable=False),
    sa.Column('slot', sa.String(length=120), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('rater_id', sa.String(length=26), nullable=True),
    sa.Column('rater_name', sa.String(length=200), nullable=False),
    sa.Column('patient_reported', sa.Boolean(), nullable=False),
    sa.Column('entered_by', sa.String(length=200), nullable=False),
    sa.Column('rated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('blind', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint("side IN ('right', 'left')", name=op.f('ck_assessment_side_is_one_side')),
    sa.ForeignKeyConstraint(['clinic_id', 'rater_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_assessment_clinic_id_rater_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_assessment_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_assessment_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_assessment')),
    sa.UniqueConstraint('clinic_id', 'visit_id', 'slot', name=op.f('uq_assessment_clinic_id_visit_id_slot'))
    )
    op.create_table('patient_form',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('way', sa.Enum('tablet', 'link', name='way', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('instruments', sa.String(length=200), nullable=False),
    sa.Column('link_hash', sa.String(length=64), nullable=True),
    sa.Column('browser_hash', sa.String(length=64), nullable=True),
    sa.Column('created_by_id', sa.String(length=26), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.String(length=200), nullable=False),
    sa.Column('wrong_birth_dates', sa.Integer(), nullable=False),
    sa.Column('urgent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_patient_form_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_patient_form_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_patient_form_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_patient_form')),
    sa.UniqueConstraint('browser_hash', name=op.f('uq_patient_form_browser_hash')),
    sa.UniqueConstraint('link_hash', name=op.f('uq_patient_form_link_hash'))
    )
    with op.batch_alter_table('patient_form', schema=None) as batch_op:
        batch_op.create_index('ix_patient_form_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('review',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('session_id', sa.String(length=26), nullable=False),
    sa.Column('contact', sa.Enum('in the clinic', 'by phone', name='contact', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('first_noticed_day', sa.Integer(), nullable=True),
    sa.Column('best_day', sa.Integer(), nullable=True),
    sa.Column('wearing', sa.Enum('not asked', 'still working', 'wearing off', 'worn off', name='wearing', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('worn_off_day', sa.Integer(), nullable=True),
    sa.Column('adverse_event', sa.Enum('yes', 'no', 'unknown', 'not applicable', name='answer', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('answered_by', sa.String(length=200), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('best_day BETWEEN 0 AND 730', name=op.f('ck_review_best_range')),
    sa.CheckConstraint('first_noticed_day BETWEEN 0 AND 730', name=op.f('ck_review_first_noticed_range')),
    sa.CheckConstraint('worn_off_day BETWEEN 0 AND 730', name=op.f('ck_review_worn_off_range')),
    sa.ForeignKeyConstraint(['clinic_id', 'session_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_review_clinic_id_session_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_review_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_review_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_review')),
    sa.UniqueConstraint('clinic_id', 'visit_id', 'session_id', name=op.f('uq_review_clinic_id_visit_id_session_id'))
    )
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.create_index('ix_review_session', ['clinic_id', 'session_id'], unique=False)

    op.create_table('adverse_event_entry',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('eyelid_ptosis', 'brow_ptosis', 'lagophthalmos', 'dry_eye', 'eye_pain_or_vision', 'epiphora', 'diplopia', 'oral_incompetence', 'dysarthria', 'cheek_biting', 'smile_droop', 'lip_asymmetry', 'neck_weakness', 'swallowing_or_breathing', 'bruise_or_pain', 'headache_or_flu_like', 'allergic', 'distant_spread', 'lack_of_effect', 'other', name='kind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('grade', sa.Integer(), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=True),
    sa.Column('onset_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('relation', sa.Enum('unrelated', 'possible', 'probable', 'definite', name='relation', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('serious', sa.Boolean(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('reported_to', sa.String(length=200), nullable=False),
    sa.Column('reviewed', sa.Boolean(), nullable=False),
    sa.Column('withdrawn', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by_id', sa.String(length=26), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('grade BETWEEN 1 AND 5', name=op.f('ck_adverse_event_entry_grade_range')),
    sa.CheckConstraint('number >= 1', name=op.f('ck_adverse_event_entry_number_positive')),
    sa.ForeignKeyConstraint(['clinic_id', 'event_id'], ['adverse_event.clinic_id', 'adverse_event.id'], name=op.f('fk_adverse_event_entry_clinic_id_event_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_adverse_event_entry_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'event_id', 'number', name=op.f('pk_adverse_event_entry'))
    )
    op.create_table('assessment_answer',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('assessment_id', sa.String(length=26), nullable=False),
    sa.Column('item', sa.String(length=60), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('value', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'assessment_id'], ['assessment.clinic_id', 'assessment.id'], name=op.f('fk_assessment_answer_clinic_id_assessment_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_assessment_answer_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_assessment_answer_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'assessment_id', 'item', name=op.f('pk_assessment_answer'))
    )
    with op.batch_alter_table('assessment_answer', schema=None) as batch_op:
        batch_op.create_index('ix_assessment_answer_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('assessment_score',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('assessment_id', sa.String(length=26), nullable=False),
    sa.Column('score', sa.String(length=40), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=60), nullable=False),
    sa.Column('flag', sa.Text(), nullable=False),
    sa.Column('answered', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id', 'assessment_id'], ['assessment.clinic_id', 'assessment.id'], name=op.f('fk_assessment_score_clinic_id_assessment_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_assessment_score_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_assessment_score_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'assessment_id', 'score', name=op.f('pk_assessment_score'))
    )
    with op.batch_alter_table('assessment_score', schema=None) as batch_op:
        batch_op.create_index('ix_assessment_score_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('assessment_seen',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('assessment_id', sa.String(length=26), nullable=False),
    sa.Column('user_id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('instrument', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'user_id'], ['membership.clinic_id', 'membership.user_id'], name=op.f('fk_assessment_seen_clinic_id_user_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_assessment_seen_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_assessment_seen_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'assessment_id', 'user_id', name=op.f('pk_assessment_seen'))
    )
    with op.batch_alter_table('assessment_seen', schema=None) as batch_op:
        batch_op.create_index('ix_assessment_seen_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('patient_form_answer',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('form_id', sa.String(length=26), nullable=False),
    sa.Column('instrument', sa.String(length=40), nullable=False),
    sa.Column('item', sa.String(length=60), nullable=False),
    sa.Column('value', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'form_id'], ['patient_form.clinic_id', 'patient_form.id'], name=op.f('fk_patient_form_answer_clinic_id_form_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_patient_form_answer_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'form_id', 'instrument', 'item', name=op.f('pk_patient_form_answer'))
    )
    op.create_table('review_effect',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('review_id', sa.String(length=26), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('movement', sa.Enum('brow_raise', 'gentle_closure', 'tight_closure', 'small_smile', 'big_smile', 'snarl', 'pucker', 'lower_teeth', 'speech', 'chewing', 'rest', name='movement', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('muscle_group', sa.Enum('brow', 'eye', 'cheek', 'mouth_corner', 'chin', 'neck', 'tearing', 'other_side', name='group', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('effect', sa.Integer(), nullable=True),
    sa.Column('worse', sa.Boolean(), nullable=False),
    sa.CheckConstraint('effect BETWEEN 0 AND 100', name=op.f('ck_review_effect_effect_range')),
    sa.CheckConstraint('effect IS NOT NULL OR worse', name=op.f('ck_review_effect_answered')),
    sa.ForeignKeyConstraint(['clinic_id', 'review_id'], ['review.clinic_id', 'review.id'], name=op.f('fk_review_effect_clinic_id_review_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_review_effect_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_review_effect_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'review_id', 'side', 'movement', 'muscle_group', name=op.f('pk_review_effect'))
    )
    with op.batch_alter_table('review_effect', schema=None) as batch_op:
        batch_op.create_index('ix_review_effect_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('review_effect_muscle',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('review_id', sa.String(length=26), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('movement', sa.Enum('brow_raise', 'gentle_closure', 'tight_closure', 'small_smile', 'big_smile', 'snarl', 'pucker', 'lower_teeth', 'speech', 'chewing', 'rest', name='movement', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('muscle_group', sa.Enum('brow', 'eye', 'cheek', 'mouth_corner', 'chin', 'neck', 'tearing', 'other_side', name='group', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('muscle_side', sa.Enum('right', 'left', 'midline', name='muscle_side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'review_id'], ['review.clinic_id', 'review.id'], name=op.f('fk_review_effect_muscle_clinic_id_review_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_review_effect_muscle_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_review_effect_muscle_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'review_id', 'side', 'movement', 'muscle_group', 'muscle', 'muscle_side', name=op.f('pk_review_effect_muscle'))
    )
    with op.batch_alter_table('review_effect_muscle', schema=None) as batch_op:
        batch_op.create_index('ix_review_effect_muscle_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('review_impression',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('review_id', sa.String(length=26), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('impression', sa.Enum('more', 'same', 'less', name='impression', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'review_id'], ['review.clinic_id', 'review.id'], name=op.f('fk_review_impression_clinic_id_review_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_review_impression_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_review_impression_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'review_id', 'muscle', 'side', name=op.f('pk_review_impression'))
    )
    with op.batch_alter_table('review_impression', schema=None) as batch_op:
        batch_op.create_index('ix_review_impression_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('synkinesis_finding',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('assessment_id', sa.String(length=26), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('movement', sa.Enum('brow_raise', 'gentle_closure', 'tight_closure', 'small_smile', 'big_smile', 'snarl', 'pucker', 'lower_teeth', 'speech', 'chewing', 'rest', name='movement', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('muscle_group', sa.Enum('brow', 'eye', 'cheek', 'mouth_corner', 'chin', 'neck', 'tearing', 'other_side', name='group', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('grade', sa.Integer(), nullable=True),
    sa.Column('bother', sa.Integer(), nullable=True),
    sa.CheckConstraint("side IN ('right', 'left')", name=op.f('ck_synkinesis_finding_side_is_one_side')),
    sa.CheckConstraint('bother BETWEEN 0 AND 3', name=op.f('ck_synkinesis_finding_bother_range')),
    sa.CheckConstraint('grade BETWEEN 0 AND 3', name=op.f('ck_synkinesis_finding_grade_range')),
    sa.CheckConstraint('grade IS NOT NULL OR bother IS NOT NULL', name=op.f('ck_synkinesis_finding_answered')),
    sa.ForeignKeyConstraint(['clinic_id', 'assessment_id'], ['assessment.clinic_id', 'assessment.id'], name=op.f('fk_synkinesis_finding_clinic_id_assessment_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_synkinesis_finding_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_synkinesis_finding_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'assessment_id', 'side', 'movement', 'muscle_group', name=op.f('pk_synkinesis_finding'))
    )
    with op.batch_alter_table('synkinesis_finding', schema=None) as batch_op:
        batch_op.create_index('ix_synkinesis_finding_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('adverse_event_site',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('site_id', sa.String(length=26), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'event_id'], ['adverse_event.clinic_id', 'adverse_event.id'], name=op.f('fk_adverse_event_site_clinic_id_event_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'site_id'], ['injection_site.clinic_id', 'injection_site.id'], name=op.f('fk_adverse_event_site_clinic_id_site_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_adverse_event_site_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'event_id', 'number', 'site_id', name=op.f('pk_adverse_event_site'))
    )
    with op.batch_alter_table('adverse_event_site', schema=None) as batch_op:
        batch_op.create_index('ix_adverse_event_site_site', ['clinic_id', 'site_id'], unique=False)

    with op.batch_alter_table('server_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('locked_form_id', sa.String(length=26), nullable=True))
        batch_op.add_column(sa.Column('unlock_failures', sa.Integer(), server_default='0', nullable=False))



def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table('server_session', schema=None) as batch_op:
        batch_op.drop_column('unlock_failures')
        batch_op.drop_column('locked_form_id')

    with op.batch_alter_table('adverse_event_site', schema=None) as batch_op:
        batch_op.drop_index('ix_adverse_event_site_site')

    op.drop_table('adverse_event_site')
    with op.batch_alter_table('synkinesis_finding', schema=None) as batch_op:
        batch_op.drop_index('ix_synkinesis_finding_visit')

    op.drop_table('synkinesis_finding')
    with op.batch_alter_table('review_impression', schema=None) as batch_op:
        batch_op.drop_index('ix_review_impression_visit')

    op.drop_table('review_impression')
    with op.batch_alter_table('review_effect_muscle', schema=None) as batch_op:
        batch_op.drop_index('ix_review_effect_muscle_visit')

    op.drop_table('review_effect_muscle')
    with op.batch_alter_table('review_effect', schema=None) as batch_op:
        batch_op.drop_index('ix_review_effect_visit')

    op.drop_table('review_effect')
    op.drop_table('patient_form_answer')
    with op.batch_alter_table('assessment_seen', schema=None) as batch_op:
        batch_op.drop_index('ix_assessment_seen_visit')

    op.drop_table('assessment_seen')
    with op.batch_alter_table('assessment_score', schema=None) as batch_op:
        batch_op.drop_index('ix_assessment_score_visit')

    op.drop_table('assessment_score')
    with op.batch_alter_table('assessment_answer', schema=None) as batch_op:
        batch_op.drop_index('ix_assessment_answer_visit')

    op.drop_table('assessment_answer')
    op.drop_table('adverse_event_entry')
    with op.batch_alter_table('review', schema=None) as batch_op:
        batch_op.drop_index('ix_review_session')

    op.drop_table('review')
    with op.batch_alter_table('patient_form', schema=None) as batch_op:
        batch_op.drop_index('ix_patient_form_visit')

    op.drop_table('patient_form')
    op.drop_table('assessment')
    with op.batch_alter_table('adverse_event', schema=None) as batch_op:
        batch_op.drop_index('ix_adverse_event_patient')

    op.drop_table('adverse_event')
    op.drop_table('instrument_wording')
    op.drop_table('instrument_licence')
