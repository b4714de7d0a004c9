from django.http import HttpRequest, HttpResponse


def engagement_services(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def adoption_edit(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def service_enabled(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def account_team(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def engagement_contacts(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
