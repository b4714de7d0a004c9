from django.http import HttpRequest, HttpResponse


def import_upload(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def import_preview(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
