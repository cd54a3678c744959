"""Django: whoever is signed in is given a token for the documents they may open.

    pip install django pyjwt
    python django_app.py migrate
    python django_app.py createsuperuser
    COLLAB_SECRET=… COLLAB_URL=ws://127.0.0.1:8080/collab python django_app.py runserver

``collab_token`` is what your project needs, as a view. The rest is a project in one file, to have one here.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from pathlib import Path

import django
import jwt
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.views.decorators.cache import never_cache
from django.views.static import serve

HERE = Path(__file__).parent
LOGIN = '<form method="post">{% csrf_token %}{{ form }}<button>Sign in</button></form>'

settings.configure(
    DEBUG=True,
    SECRET_KEY=os.environ.get("DJANGO_SECRET", "only for development"),
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN})]},
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "django.db"}},
    LOGIN_REDIRECT_URL="/app.html",
)
django.setup()


@never_cache
def collab_token(request: HttpRequest) -> JsonResponse:
    user = request.user
    if not user.is_authenticated:
        return JsonResponse({"detail": "sign in first"}, status=401)
    # Numbers, not names: a "*" in a name would be one in the grant.
    grants = [{"document": f"teams/{group.pk}/**", "role": "editor"} for group in user.groups.all()]
    claims = {
        "sub": str(user.pk),
        "name": user.get_full_name() or user.get_username(),
        "exp": int(time.time()) + 300,
        "jti": str(uuid.uuid4()),
        "grants": [*grants, {"document": "handbook/**", "role": "editor" if user.is_staff else "viewer"}],
    }
    token = jwt.encode(claims, os.environ["COLLAB_SECRET"], algorithm="HS256")
    return JsonResponse({"url": os.environ["COLLAB_URL"], "token": token})


urlpatterns = [
    path("collab-token", collab_token),
    path("", include("django.contrib.auth.urls")),  # login/ and others
    path("<path:path>", serve, {"document_root": HERE / "dist"}),  # while you develop
]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
