"""The relay, while it has not yet reached the server."""

from __future__ import annotations

from unittest import mock

from asyncspeech.emulator.relay import Connection


def _transport(port: int) -> mock.Mock:
    transport = mock.Mock()
    transport.is_closing.return_value = False
    transport.get_extra_info.return_value = ("127.0.0.1", port)
    return transport


def test_what_a_client_sends_too_early_reaches_the_server_in_order() -> None:
    connection = Connection(on_closed=mock.Mock())
    client, server = _transport(1), _transport(2)
    connection.client.connection_made(client)
    client.pause_reading.assert_called_once()
    for data in (b"PRI * ", b"HTTP/2.0"):  # Python 3.11.2 reads although it is paused
        connection.client.data_received(data)
    connection.server.connection_made(server)
    connection.client.data_received(b"\r\n")
    sent = [call.args[0] for call in server.write.call_args_list]
    assert b"".join(sent) == b"PRI * HTTP/2.0\r\n"
