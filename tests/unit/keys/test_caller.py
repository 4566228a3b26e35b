"""What each kind of key may do."""

import pytest

from lambdify.caller import GROUPS, Caller
from lambdify.errors import Forbidden, NotFound


def caller(**context: str) -> Caller:
    return Caller.from_authorizer({"workspaceId": "ws_1", "mode": "test", "keyId": "key_1", **context})


def permissions_of(key: Caller) -> set[str]:
    everything = {f"{group}:{action}" for group in GROUPS for action in ("read", "write")} | {"workflows:execute"}
    return {permission for permission in everything if key.may(permission)}


READ = {f"{group}:read" for group in GROUPS}
WRITE = {f"{group}:write" for group in GROUPS}
EVERYTHING = READ | WRITE | {"workflows:execute"}


class TestAppKey:
    key = caller(keyKind="app", appId="app_1")

    def test_may_use_its_application_and_nothing_else(self) -> None:
        assert permissions_of(self.key) == {
            "applications:read",
            "conversations:read",
            "conversations:write",
            "documents:read",
            "documents:write",
            "messages:read",
            "messages:write",
            "workflows:execute",
        }

    def test_another_application_does_not_exist_for_it(self) -> None:
        self.key.require_application("app_1")
        with pytest.raises(NotFound):
            self.key.require_application("app_2")

    @pytest.mark.parametrize("app_id", ["", None])
    def test_an_object_without_application_does_not_exist_for_it(self, app_id: str | None) -> None:
        with pytest.raises(NotFound):
            self.key.require_application(app_id)


class TestPersonalKey:
    def test_owner_may_do_everything(self) -> None:
        assert permissions_of(caller(keyKind="pat", role="owner")) == EVERYTHING

    def test_member_may_not_make_keys_and_webhooks(self) -> None:
        assert permissions_of(caller(keyKind="pat", role="member")) == EVERYTHING - {"keys:write", "webhooks:write"}

    def test_viewer_may_read(self) -> None:
        assert permissions_of(caller(keyKind="pat", role="viewer")) == READ

    def test_reaches_every_application(self) -> None:
        caller(keyKind="pat", role="viewer").require_application("app_2")


class TestServiceKey:
    @pytest.mark.parametrize(
        ("scopes", "permissions"),
        [
            ("*", EVERYTHING),
            ("messages:read", {"messages:read"}),
            ("messages:write", {"messages:read", "messages:write"}),
            ("workflows:execute usage:read", {"workflows:execute", "usage:read"}),
            ("workflows:write", {"workflows:execute", "workflows:read", "workflows:write"}),
            ("", set()),
        ],
    )
    def test_scopes_are_what_it_may_do(self, scopes: str, permissions: set[str]) -> None:
        assert permissions_of(caller(keyKind="svc", scopes=scopes)) == permissions


@pytest.mark.parametrize("context", [{}, {"role": "owner"}, {"keyKind": "svc", "role": "owner"}, {"keyKind": "pat"}])
def test_a_caller_without_rights_is_forbidden_by_default(context: dict[str, str]) -> None:
    key = caller(**context)

    assert permissions_of(key) == set()
    with pytest.raises(Forbidden) as raised:
        key.require("applications:read")
    assert "applications:read" in raised.value.message
