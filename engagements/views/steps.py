from django.http import HttpRequest, HttpResponse


def condition_answer(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def receipt_detail(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_reopen(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_detail(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_complete(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_note(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_link_note(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_route(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_statement(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)


def step_unlink(request: HttpRequest, **kwargs) -> HttpResponse:
    return HttpResponse(status=501)
