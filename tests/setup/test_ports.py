import socket

from config.embedded.ports import HOST, free_port
from config.supervisor.addresses import Addresses


def test_a_free_port_is_the_one_asked_for() -> None:
    wanted = free_port()

    assert free_port(wanted) == wanted


def test_a_taken_port_is_replaced_and_that_is_said() -> None:
    with socket.create_server((HOST, 0)) as other:
        taken = other.getsockname()[1]
        free = free_port()

        addresses = Addresses(taken, free)

    assert addresses.web_port not in (taken, 0)
    assert addresses.emulator_port == free
    assert addresses.notices == [f"Port {taken} is taken; {addresses.web_port} is used instead."]
    assert addresses.environment() == {
        "YUEZHEN_WEB_URL": f"http://127.0.0.1:{addresses.web_port}",
        "YUEZHEN_EMULATOR_URL": f"http://127.0.0.1:{free}",
        "YUEZHEN_PREVIEW_URL": "",
    }
