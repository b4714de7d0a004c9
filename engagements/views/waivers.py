from django.http import HttpRequest, HttpResponse


def waiver_decide(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def waiver_ask(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
