"""Addresses read as sentences: /engagements/42/steps/assess-acm-conversation/request-an-acm-partner/."""

from django.urls import path

from engagements.views import (
    account,
    customers,
    engagements,
    exits,
    imports,
    notes,
    portfolio,
    steps,
    task_list,
    tasks,
    today,
    waivers,
)

STEP = "engagements/<int:pk>/steps/<str:process>/<str:step>/"

urlpatterns = [
    path("", today.today, name="today"),
    path("account/", account.account, name="account"),
    path("components/", account.components, name="components"),
    # Portfolio
    path("engagements/", portfolio.engagement_list, name="engagement_list"),
    path("engagements/new/", portfolio.engagement_new, name="engagement_new"),
    path("engagements/new/preview/", portfolio.engagement_new_preview, name="engagement_new_preview"),
    path("import/", imports.import_upload, name="import_upload"),
    path("import/template.csv", imports.import_template, name="import_template"),
    path("import/<uuid:token>/", imports.import_preview, name="import_preview"),
    path("import/<uuid:token>/refused.csv", imports.import_refused, name="import_refused"),
    # One engagement: its tabs
    path("engagements/<int:pk>/", engagements.engagement_detail, name="engagement_detail"),
    path("engagements/<int:pk>/services/", customers.engagement_services, name="engagement_services"),
    path("engagements/<int:pk>/services/<int:service>/", customers.adoption_edit, name="adoption_edit"),
    path("engagements/<int:pk>/services/<int:service>/enabled/", customers.service_enabled, name="service_enabled"),
    path("engagements/<int:pk>/account/", customers.account_team, name="account_team"),
    path("engagements/<int:pk>/contacts/", customers.engagement_contacts, name="engagement_contacts"),
    path("engagements/<int:pk>/notes/", notes.engagement_notes, name="engagement_notes"),
    path("engagements/<int:pk>/notes/<int:note>/", notes.note_detail, name="note_detail"),
    path("engagements/<int:pk>/tasks/", task_list.engagement_tasks, name="engagement_tasks"),
    path("engagements/<int:pk>/tasks/<int:number>/", tasks.task_status, name="task_status"),
    path("engagements/<int:pk>/history/", engagements.engagement_history, name="engagement_history"),
    path("engagements/<int:pk>/state/", engagements.engagement_state, name="engagement_state"),
    path("engagements/<int:pk>/key-outputs/<int:line>/", exits.key_output_confirm, name="key_output_confirm"),
    path("engagements/<int:pk>/conditions/<str:key>/", steps.condition_answer, name="condition_answer"),
    path("engagements/<int:pk>/receipts/<int:receipt>/", steps.receipt_detail, name="receipt_detail"),
    path("engagements/<int:pk>/receipts/<int:receipt>/reopen/", steps.step_reopen, name="step_reopen"),
    path("next-actions/<int:action>/", notes.next_action, name="next_action"),
    path("waivers/<int:waiver>/", waivers.waiver_decide, name="waiver_decide"),
    # One step
    path(STEP, steps.step_detail, name="step_detail"),
    path(STEP + "complete/", steps.step_complete, name="step_complete"),
    path(STEP + "notes/", steps.step_note, name="step_note"),
    path(STEP + "notes/link/", steps.step_link_note, name="step_link_note"),
    path(STEP + "route/", steps.step_route, name="step_route"),
    path(STEP + "statement/", steps.step_statement, name="step_statement"),
    path(STEP + "evidence/", steps.step_evidence, name="step_evidence"),
    path(STEP + "evidence/<int:evidence>/remove/", steps.step_unlink, name="step_unlink"),
    path(STEP + "waivers/", waivers.waiver_ask, name="waiver_ask"),
]
