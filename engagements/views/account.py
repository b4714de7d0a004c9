from django.http import HttpRequest, HttpResponse


def account(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def components(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
