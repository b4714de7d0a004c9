from django.http import HttpRequest, HttpResponse


def engagement_notes(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def note_detail(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def next_action(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
