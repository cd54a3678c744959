"""Flask: whoever is signed in is given a token for the documents they may open.

    pip install flask pyjwt
    COLLAB_SECRET=… COLLAB_URL=ws://127.0.0.1:8080/collab flask --app flask_app run

``collab_token`` is what your app needs. The rest stands in for what it has: people, a way to sign in, a page.
"""

from __future__ import annotations

import os
import time
import uuid

import jwt
from flask import Flask, abort, redirect, request, session
from werkzeug.security import check_password_hash, generate_password_hash

app = Flask(__name__, static_folder="dist", static_url_path="")
app.secret_key = os.environ.get("FLASK_SECRET") or os.urandom(32)

PEOPLE = {
    "alice": {"name": "Alice", "teams": ["red", "blue"], "password": generate_password_hash("alice's")},
    "bob": {"name": "Bob", "teams": ["blue"], "password": generate_password_hash("bob's")},
}


@app.get("/collab-token")
def collab_token():
    if "user" not in session:
        abort(401)
    user = PEOPLE[session["user"]]
    grants = [{"document": f"teams/{team}/**", "role": "editor"} for team in user["teams"]]
    claims = {
        "sub": session["user"],
        "name": user["name"],
        "exp": int(time.time()) + 300,
        "jti": str(uuid.uuid4()),
        "grants": [*grants, {"document": "handbook/**", "role": "viewer"}],
    }
    token = jwt.encode(claims, os.environ["COLLAB_SECRET"], algorithm="HS256")
    return {"url": os.environ["COLLAB_URL"], "token": token}, {"Cache-Control": "no-store"}


@app.route("/login/", methods=["GET", "POST"])
def login():
    user = PEOPLE.get(request.form.get("username", ""))
    if user and check_password_hash(user["password"], request.form.get("password", "")):
        session["user"] = request.form["username"]
        target = request.args.get("next", "")
        return redirect(target if target.startswith("/app.html") else "/app.html")
    return '<form method="post"><input name="username"><input name="password" type="password"><button>Sign in</button></form>'
