"""The shapes that stand before states and statuses: one meaning, one shape, everywhere (SCREENS §2)."""

from engagements import walk
from tasks.statuses import TaskStatus

PLACE = {
    walk.NOT_STARTED: "open",
    walk.IN_PROGRESS: "progress",
    walk.READY: "ready",
    walk.BLOCKED: "blocked",
    walk.COMPLETE: "done",
    walk.DOES_NOT_APPLY: "off",
}
TASK = {
    TaskStatus.NOT_STARTED: "open",
    TaskStatus.NOT_REQUIRED: "off",
    TaskStatus.IN_PROGRESS: "progress",
    TaskStatus.COMPLETE: "done",
    TaskStatus.PAUSED: "paused",
    TaskStatus.DEFERRED: "paused",
    TaskStatus.WARNING: "warning",
    TaskStatus.CANCELLED: "off",
}


def task_shape(status: str) -> str:
    """The shape of a task status; all the Blocked ones share one."""
    return TASK.get(TaskStatus(status), "blocked")
