"""Logins of buyers: users, the codes that a mail would have, sessions; and the bodies and answers of the calls that log in."""

from typing import Annotated, Literal, TypedDict

from mockmarket.records import Column, Default, Length, Pattern
from mockmarket.vendors.zatabox.records import common as types
from mockmarket.vendors.zatabox.records.accounts import Me

Email = Annotated[types.EmailAddress, Column()]
User = TypedDict("User", {"id": str, "email": Email, "name": types.Text, "twoFactor": bool, "createdAt": types.Date})
LoginCode = TypedDict(
    "LoginCode", {"id": str, "email": Email, "code": str, "expiresAt": types.Date, "createdAt": types.Date}
)
"""A code for an address, which no mail brings: read it with the action `read_login_code`, or among the records."""
LoginSession = TypedDict("LoginSession", {"id": str, "userId": str, "expiresAt": types.Date, "createdAt": types.Date})
"""A session; the hashes of its tokens stand beside it."""

Password = Annotated[str, Length(1, 200)]
Address = TypedDict("Address", {"email": types.EmailAddress})
CodeSent = TypedDict("CodeSent", {"sent": bool, "expiresIn": int})
Exchange = TypedDict("Exchange", {"email": types.EmailAddress, "code": types.Id})
Registration = TypedDict("Registration", {"email": types.EmailAddress, "password": Password, "name": types.Text})
PasswordLogin = TypedDict("PasswordLogin", {"email": types.EmailAddress, "password": Password})
Challenge = TypedDict("Challenge", {"challengeToken": types.Id, "code": types.Id})
RefreshToken = TypedDict("RefreshToken", {"refreshToken": types.Id})
LoggedOut = TypedDict("LoggedOut", {"revoked": bool})


class FixtureUser(Registration):
    """A user of the fixture."""

    twoFactor: Annotated[bool, Default(False)]


class Pair(TypedDict):
    """The tokens of a session; `expiresIn` is the access token's, in seconds (public: the rest)."""

    accessToken: Annotated[str, Pattern(r"eyJ[\w-]+\.[\w-]+\.[\w-]+\Z")]
    refreshToken: str
    tokenType: Literal["Bearer"]
    expiresIn: int


class Login(Pair):
    """The tokens of a new session, and its user (public)."""

    user: Me


class LoginOrChallenge(TypedDict, total=False):
    """The tokens of a new session and its user, or the challenge that a user with a second factor completes (public: both)."""

    accessToken: str
    refreshToken: str
    tokenType: Literal["Bearer"]
    expiresIn: int
    user: Me
    requires2fa: bool
    challengeToken: str
