"""Who you are and what you may do.

``roles``, ``globs``, ``names`` and ``origins`` are pure rules; ``tokens`` says who someone is, ``access`` what they may do at
this moment, ``sessions`` and ``shares`` how a person's browser and a guest's come by a token, ``secret`` what everything is
signed with.
"""

from __future__ import annotations

from collab.auth.access import Access, Concerns, End, Exactly, Judge, Via
from collab.auth.credentials import Credential
from collab.auth.forwarders import HERE, client_address
from collab.auth.globs import Glob
from collab.auth.guard import Guard
from collab.auth.keys import Keys
from collab.auth.names import MAX_NAME_BYTES, name_in_path, parse_encoded_name, parse_name
from collab.auth.origins import check_origin, own_origins
from collab.auth.passwords import MAX_PASSWORD_BYTES, Passwords
from collab.auth.people import People
from collab.auth.roles import Action, Role, may
from collab.auth.secret import Secret, load_secret
from collab.auth.sessions import (
    CODE_LIFETIME,
    SECURE_SESSION_COOKIE,
    SESSION_COOKIE,
    SESSION_COOKIES,
    Sessions,
    SocketToken,
    owner_code,
)
from collab.auth.shares import Shares
from collab.auth.tokens import MAX_SUBJECT_BYTES, OWNER, OWNER_OF_ALL, Authority, Grant, Principal, Purpose
from collab.auth.visits import Visits

__all__ = [
    "CODE_LIFETIME",
    "HERE",
    "MAX_NAME_BYTES",
    "MAX_PASSWORD_BYTES",
    "MAX_SUBJECT_BYTES",
    "OWNER",
    "OWNER_OF_ALL",
    "SECURE_SESSION_COOKIE",
    "SESSION_COOKIE",
    "SESSION_COOKIES",
    "Access",
    "Action",
    "Authority",
    "Concerns",
    "Credential",
    "End",
    "Exactly",
    "Glob",
    "Grant",
    "Guard",
    "Judge",
    "Keys",
    "Passwords",
    "People",
    "Principal",
    "Purpose",
    "Role",
    "Secret",
    "Sessions",
    "Shares",
    "SocketToken",
    "Via",
    "Visits",
    "check_origin",
    "client_address",
    "load_secret",
    "may",
    "name_in_path",
    "own_origins",
    "owner_code",
    "parse_encoded_name",
    "parse_name",
]
