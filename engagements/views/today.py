from django.http import HttpRequest, HttpResponse


def today(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
