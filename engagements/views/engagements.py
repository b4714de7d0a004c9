from django.http import HttpRequest, HttpResponse


def engagement_detail(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def engagement_history(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def engagement_state(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
