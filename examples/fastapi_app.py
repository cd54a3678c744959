"""FastAPI: whoever is signed in is given a token for the documents they may open.

    pip install fastapi uvicorn pyjwt
    COLLAB_SECRET=… COLLAB_URL=ws://127.0.0.1:8080/collab uvicorn fastapi_app:app

``collab_token`` is what your app needs. The rest stands in for what it has: people, a way to sign in, a page.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from secrets import compare_digest
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    id: str
    name: str
    teams: list[str]
    password: str


PEOPLE = {
    "alice": User(id="alice", name="Alice", teams=["red", "blue"], password="alice's"),
    "bob": User(id="bob", name="Bob", teams=["blue"], password="bob's"),
}


def signed_in(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> User:
    user = PEOPLE.get(given.username)
    if user is None or not compare_digest(user.password.encode(), given.password.encode()):
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})
    return user


@app.get("/collab-token")
def collab_token(user: Annotated[User, Depends(signed_in)], response: Response) -> dict[str, str]:
    grants = [{"document": f"teams/{team}/**", "role": "editor"} for team in user.teams]
    claims = {
        "sub": user.id,
        "name": user.name,
        "exp": int(time.time()) + 300,
        "jti": str(uuid.uuid4()),
        "grants": [*grants, {"document": "handbook/**", "role": "viewer"}],
    }
    response.headers["Cache-Control"] = "no-store"
    token = jwt.encode(claims, os.environ["COLLAB_SECRET"], algorithm="HS256")
    return {"url": os.environ["COLLAB_URL"], "token": token}


app.mount("/", StaticFiles(directory=Path(__file__).parent / "dist", check_dir=False))
