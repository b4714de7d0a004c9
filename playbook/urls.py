"""/playbook/<edition>/<process>/<step>/. Slugs may be Unicode: a Chinese title has one too."""

from django.urls import path

from playbook.views import editions

urlpatterns = [
    path("", editions.playbook_home, name="playbook_home"),
    path("<int:edition>/", editions.edition_detail, name="edition_detail"),
    path("<int:edition>/<str:process>/", editions.process_detail, name="process_detail"),
    path("<int:edition>/<str:process>/<str:step>/", editions.playbook_step, name="playbook_step"),
]
