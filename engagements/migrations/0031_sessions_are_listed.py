"""Sessions from before the list of sessions are listed too, so that "sign out everywhere else" ends them as well."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import migrations
from django.utils import timezone

UNKNOWN_ADDRESS = "0.0.0.0"
AT_A_TIME = 500


def list_sessions(apps, schema_editor):
    Session = apps.get_model("sessions", "Session")
    UserSession = apps.get_model("usersessions", "UserSession")
    people = set(apps.get_model("engagements", "User").objects.values_list("pk", flat=True))
    lasts, rows = timedelta(seconds=settings.SESSION_COOKIE_AGE), []
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(AT_A_TIME):
        user = str(SessionStore().decode(session.session_data).get(SESSION_KEY, ""))
        if user.isdecimal() and int(user) in people:
            begun = min(session.expire_date - lasts, timezone.now())
            rows.append(
                UserSession(
                    user_id=int(user),
                    session_key=session.session_key,
                    ip=UNKNOWN_ADDRESS,
                    user_agent="",
                    created_at=begun,
                    last_seen_at=begun,
                )
            )
    UserSession.objects.bulk_create(rows, batch_size=AT_A_TIME, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0030_imports_planned_once"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(list_sessions, migrations.RunPython.noop)]
