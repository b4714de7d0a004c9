from django.http import HttpRequest, HttpResponse


def engagement_tasks(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
