"""Plans and training: items of the plan, questions of planning, muscle blocks, training, the diary, a clinic's own rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table('dose_rule',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('product', sa.String(length=40), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=True),
    sa.Column('residual_low', sa.Integer(), nullable=False),
    sa.Column('residual_high', sa.Integer(), nullable=False),
    sa.Column('weakness', sa.Enum('no weakness', 'a weakness', 'either', name='weakness', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('weeks_low', sa.Integer(), nullable=False),
    sa.Column('weeks_high', sa.Integer(), nullable=False),
    sa.Column('direction', sa.Enum('up', 'hold', 'down', name='direction', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('cap', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('written_by', sa.String(length=200), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('switched_by', sa.String(length=200), nullable=False),
    sa.Column('switched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('residual_low BETWEEN 0 AND 3 AND residual_high BETWEEN residual_low AND 3', name=op.f('ck_dose_rule_residual')),
    sa.CheckConstraint('step >= 0 AND cap > 0', name=op.f('ck_dose_rule_step_and_cap')),
    sa.CheckConstraint('weeks_low >= 0 AND weeks_high >= weeks_low', name=op.f('ck_dose_rule_weeks')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_dose_rule_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_dose_rule'))
    )
    op.create_table('planning_rule_off',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('rule', sa.String(length=60), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('restored_by', sa.String(length=200), nullable=False),
    sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_planning_rule_off_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_planning_rule_off'))
    )
    op.create_table('diary_week',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('monday', sa.Date(), nullable=False),
    sa.Column('exercise', sa.String(length=40), nullable=False),
    sa.Column('days', sa.String(length=7), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('by_id', sa.String(length=26), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_diary_week_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_diary_week_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_diary_week'))
    )
    with op.batch_alter_table('diary_week', schema=None) as batch_op:
        batch_op.create_index('ix_diary_week_patient', ['clinic_id', 'patient_id', 'monday'], unique=False)

    op.create_table('muscle_block',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('agent', sa.String(length=120), nullable=False),
    sa.Column('tenths_ml', sa.Integer(), nullable=True),
    sa.Column('excursion_before', sa.Integer(), nullable=True),
    sa.Column('excursion_after', sa.Integer(), nullable=True),
    sa.Column('dental_show_before', sa.Integer(), nullable=True),
    sa.Column('dental_show_after', sa.Integer(), nullable=True),
    sa.Column('patient_says', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('done_by', sa.String(length=200), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('tenths_ml BETWEEN 1 AND 100', name=op.f('ck_muscle_block_volume_range')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_muscle_block_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_muscle_block_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_muscle_block'))
    )
    with op.batch_alter_table('muscle_block', schema=None) as batch_op:
        batch_op.create_index('ix_muscle_block_visit', ['clinic_id', 'visit_id'], unique=False)

    op.create_table('plan_item',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.String(length=26), nullable=False),
    sa.Column('patient_id', sa.String(length=26), nullable=False),
    sa.Column('condition_id', sa.String(length=26), nullable=True),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('kind', sa.Enum('goal', 'target', 'programme', 'exercise', 'referral', 'appointment', 'step', name='itemkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'condition_id'], ['condition.clinic_id', 'condition.id'], name=op.f('fk_plan_item_clinic_id_condition_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'patient_id'], ['patient.clinic_id', 'patient.id'], name=op.f('fk_plan_item_clinic_id_patient_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_plan_item_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_item_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'id', name=op.f('pk_plan_item'))
    )
    with op.batch_alter_table('plan_item', schema=None) as batch_op:
        batch_op.create_index('ix_plan_item_kind', ['clinic_id', 'kind'], unique=False)
        batch_op.create_index('ix_plan_item_patient', ['clinic_id', 'patient_id'], unique=False)

    op.create_table('planning_answer',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('question', sa.Enum('new_neurology', 'eye_symptoms', 'cornea_visible', 'gradual_onset', 'no_recovery', 'facial_pain', 'mass', 'cancer_history', 'hearing_loss', 'recurrent', 'vesicles', 'infection_signs', 'no_movement', 'unsatisfied', 'zygomatic_active', 'branches_intact', 'wants_lasting_change', 'scores_stable', 'knows_limits', 'low_mood', 'ear_with_movement', name='planningquestion', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('answer', sa.Enum('yes', 'no', 'unknown', 'not applicable', name='answer', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('answered_by', sa.String(length=200), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_planning_answer_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_planning_answer_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', 'question', name=op.f('pk_planning_answer'))
    )
    op.create_table('training_feedback',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('method', sa.Enum('retraining', 'mirror', 'video', 'emg', 'massage', 'stretching', 'relaxation', 'mindfulness', name='method', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('movement', sa.Enum('brow_raise', 'gentle_closure', 'tight_closure', 'small_smile', 'big_smile', 'snarl', 'pucker', 'lower_teeth', 'speech', 'chewing', 'rest', name='movement', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('muscle_group', sa.Enum('brow', 'eye', 'cheek', 'mouth_corner', 'chin', 'neck', 'tearing', 'other_side', name='group', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('brought_down', sa.Enum('yes', 'partly', 'no', name='broughtdown', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('grade_before', sa.Integer(), nullable=True),
    sa.Column('grade_after', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint('grade_after BETWEEN 0 AND 3', name=op.f('ck_training_feedback_after_range')),
    sa.CheckConstraint('grade_before BETWEEN 0 AND 3', name=op.f('ck_training_feedback_before_range')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_training_feedback_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_training_feedback_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', 'number', name=op.f('pk_training_feedback'))
    )
    op.create_table('training_session',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('methods', sa.String(length=200), nullable=False),
    sa.Column('home_practice', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.String(length=200), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edit_version', sa.Integer(), nullable=False),
    sa.CheckConstraint('minutes BETWEEN 1 AND 480', name=op.f('ck_training_session_minutes_range')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_training_session_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_training_session_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', name=op.f('pk_training_session'))
    )
    op.create_table('goal_rating',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('rated_by', sa.String(length=200), nullable=False),
    sa.Column('rated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('level BETWEEN -2 AND 2', name=op.f('ck_goal_rating_level_range')),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id'], ['plan_item.clinic_id', 'plan_item.id'], name=op.f('fk_goal_rating_clinic_id_item_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_goal_rating_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_goal_rating_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'visit_id', 'item_id', name=op.f('pk_goal_rating'))
    )
    op.create_table('plan_entry',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('proposed', 'agreed', 'done', 'declined', 'superseded', name='planstate', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('visit_id', sa.String(length=26), nullable=True),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('rules', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('by_id', sa.String(length=26), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('number >= 1', name=op.f('ck_plan_entry_number_positive')),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id'], ['plan_item.clinic_id', 'plan_item.id'], name=op.f('fk_plan_entry_clinic_id_item_id')),
    sa.ForeignKeyConstraint(['clinic_id', 'visit_id'], ['visit.clinic_id', 'visit.id'], name=op.f('fk_plan_entry_clinic_id_visit_id')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_entry_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_entry'))
    )
    op.create_table('plan_appointment',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('occasion', sa.Enum('review', 'injection', 'therapy', 'other', name='occasion', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('at', sa.String(length=20), nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id', 'number'], ['plan_entry.clinic_id', 'plan_entry.item_id', 'plan_entry.number'], name=op.f('fk_plan_appointment_clinic_id_item_id_number')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_appointment_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_appointment'))
    )
    op.create_table('plan_exercise',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('exercise', sa.String(length=40), nullable=False),
    sa.Column('excursion', sa.Text(), nullable=False),
    sa.Column('cue', sa.Text(), nullable=False),
    sa.Column('stop_rule', sa.Text(), nullable=False),
    sa.Column('dose', sa.Text(), nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id', 'number'], ['plan_entry.clinic_id', 'plan_entry.item_id', 'plan_entry.number'], name=op.f('fk_plan_exercise_clinic_id_item_id_number')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_exercise_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_exercise'))
    )
    op.create_table('plan_goal',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('groups', sa.String(length=200), nullable=False),
    sa.Column('much_less', sa.Text(), nullable=False),
    sa.Column('less', sa.Text(), nullable=False),
    sa.Column('expected', sa.Text(), nullable=False),
    sa.Column('more', sa.Text(), nullable=False),
    sa.Column('much_more', sa.Text(), nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id', 'number'], ['plan_entry.clinic_id', 'plan_entry.item_id', 'plan_entry.number'], name=op.f('fk_plan_goal_clinic_id_item_id_number')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_goal_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_goal'))
    )
    op.create_table('plan_programme',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('mirror', sa.Enum('not decided', 'with a mirror', 'without a mirror', name='mirror', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('mirror_reason', sa.Text(), nullable=False),
    sa.Column('advice', sa.Text(), nullable=False),
    sa.Column('visit_from', sa.Date(), nullable=True),
    sa.Column('visit_to', sa.Date(), nullable=True),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id', 'number'], ['plan_entry.clinic_id', 'plan_entry.item_id', 'plan_entry.number'], name=op.f('fk_plan_programme_clinic_id_item_id_number')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_programme_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_programme'))
    )
    op.create_table('plan_referral',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Enum('neurolysis', 'ophthalmology', 'ent_imaging', 'facial_nerve', 'therapy', 'psychology', 'reanimation', 'other', name='referralkind', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('recipient', sa.String(length=200), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('sent_on', sa.Date(), nullable=True),
    sa.Column('answer_by', sa.Date(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id', 'number'], ['plan_entry.clinic_id', 'plan_entry.item_id', 'plan_entry.number'], name=op.f('fk_plan_referral_clinic_id_item_id_number')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_referral_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_referral'))
    )
    op.create_table('plan_step',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('step', sa.Enum('assessment', 'training', 'toxin', 'surgery', name='carestep', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id', 'number'], ['plan_entry.clinic_id', 'plan_entry.item_id', 'plan_entry.number'], name=op.f('fk_plan_step_clinic_id_item_id_number')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_step_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_step'))
    )
    op.create_table('plan_target',
    sa.Column('clinic_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('muscle', sa.String(length=60), nullable=False),
    sa.Column('side', sa.Enum('right', 'left', 'midline', name='side', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('site_group', sa.String(length=60), nullable=True),
    sa.Column('purpose', sa.Enum('synkinesis', 'balance', 'tearing', 'other', name='purpose', native_enum=False, create_constraint=True, length=40), nullable=False),
    sa.Column('product', sa.String(length=40), nullable=True),
    sa.Column('sites', sa.Integer(), nullable=False),
    sa.Column('units_per_site', sa.Integer(), nullable=False),
    sa.Column('guard_reason', sa.Text(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('item_id', sa.String(length=26), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.CheckConstraint('sites BETWEEN 1 AND 20', name=op.f('ck_plan_target_sites_range')),
    sa.CheckConstraint('units_per_site = 0 OR product IS NOT NULL', name=op.f('ck_plan_target_units_of_a_product')),
    sa.CheckConstraint('units_per_site >= 0', name=op.f('ck_plan_target_units_not_negative')),
    sa.ForeignKeyConstraint(['clinic_id', 'item_id', 'number'], ['plan_entry.clinic_id', 'plan_entry.item_id', 'plan_entry.number'], name=op.f('fk_plan_target_clinic_id_item_id_number')),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_plan_target_clinic_id')),
    sa.PrimaryKeyConstraint('clinic_id', 'item_id', 'number', name=op.f('pk_plan_target'))
    )
    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.add_column(sa.Column('from_planned_target', sa.String(length=26), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_injection_site_clinic_id_from_planned_target'), 'plan_item', ['clinic_id', 'from_planned_target'], ['clinic_id', 'id'])



def downgrade() -> None:
    """Take this step back."""
    with op.batch_alter_table('injection_site', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_injection_site_clinic_id_from_planned_target'), type_='foreignkey')
        batch_op.drop_column('from_planned_target')

    op.drop_table('plan_target')
    op.drop_table('plan_step')
    op.drop_table('plan_referral')
    op.drop_table('plan_programme')
    op.drop_table('plan_goal')
    op.drop_table('plan_exercise')
    op.drop_table('plan_appointment')
    op.drop_table('plan_entry')
    op.drop_table('goal_rating')
    op.drop_table('training_session')
    op.drop_table('training_feedback')
    op.drop_table('planning_answer')
    with op.batch_alter_table('plan_item', schema=None) as batch_op:
        batch_op.drop_index('ix_plan_item_patient')
        batch_op.drop_index('ix_plan_item_kind')

    op.drop_table('plan_item')
    with op.batch_alter_table('muscle_block', schema=None) as batch_op:
        batch_op.drop_index('ix_muscle_block_visit')

    op.drop_table('muscle_block')
    with op.batch_alter_table('diary_week', schema=None) as batch_op:
        batch_op.drop_index('ix_diary_week_patient')

    op.drop_table('diary_week')
    op.drop_table('planning_rule_off')
    op.drop_table('dose_rule')
