"""What a role may not open is refused with a face, never a fault."""

import pytest
from django.urls import reverse


@pytest.mark.req("S0.56")
def test_a_page_of_another_role_is_refused_with_a_reason(client, engineer):
    client.force_login(engineer)

    answer = client.get(reverse("accounts:users"))

    assert answer.status_code == 403
    assert "Your role does not include this page" in answer.text


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in_and_comes_back_after_it(client):
    answer = client.get(reverse("desk:today"))

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{reverse('account_login')}?next=/"
