"""/tasks/<number>/. Here and not in ``tasks``, because the pages show where editions list a number."""

from django.urls import path

from playbook.views import tasks

urlpatterns = [
    path("", tasks.task_list, name="task_list"),
    path("find/", tasks.task_find, name="task_find"),
    path("<int:number>/", tasks.task_detail, name="task_detail"),
]
