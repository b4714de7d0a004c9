from django.http import HttpRequest, HttpResponse


def engagement_list(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def engagement_new(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def engagement_new_preview(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
