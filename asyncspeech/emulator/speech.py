"""The methods of ``google.cloud.speech.v2.Speech``, but for the streams.

Creating and deleting a recogniser are long-running operations that are done at once.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import grpc
from google.cloud.speech_v2 import types
from google.longrunning.operations_pb2 import Operation

from asyncspeech.emulator import errors
from asyncspeech.emulator.errors import Refusal
from asyncspeech.emulator.listener import Listener
from asyncspeech.emulator.registry import LocationName, RecognizerName
from asyncspeech.emulator.request import read_recognize
from asyncspeech.emulator.responses import Responses
from asyncspeech.emulator.unary import UnaryMethod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncspeech.emulator.listener import Heard
    from asyncspeech.emulator.service import Service

__all__ = ("METHODS",)


async def recognize(message: Any, service: Service) -> Any:
    """Recognise one recording, given whole.

    Raises:
        Refusal: It cannot be done.
    """
    request = read_recognize(message, service)
    if message.WhichOneof("audio_source") == "uri":
        raise errors.not_emulated("audio in Cloud Storage", "Send the audio itself, as content.")
    if not message.content:
        raise errors.empty_file()
    most = service.limits.recognize_bytes
    if len(message.content) > most:
        raise errors.invalid_argument(f"Request payload size exceeds the limit: {most} bytes.")
    async with Listener(request, service.recognizer) as listener:
        heard: list[Heard] = await listener.accept(message.content)
        heard += await listener.finish()
        if listener.seconds > service.limits.recognize_seconds:
            raise errors.invalid_argument(
                "Audio can be of a maximum of 60 seconds. Use StreamingRecognize for longer audio."
            )
        return Responses(request, listener, service.assumptions).whole(heard)


async def create_recognizer(message: Any, service: Service) -> Any:
    """Create a recogniser.

    Raises:
        Refusal: It cannot be done.
    """
    parent = _location(message.parent, "CreateRecognizer", "recognizers.create", service)
    recognizer = service.registry.create(
        parent, message.recognizer_id, message.recognizer, dry=message.validate_only
    )
    metadata = types.OperationMetadata.pb()(create_recognizer_request=message)
    return _done(metadata, recognizer, service.method("CreateRecognizer"))


async def get_recognizer(message: Any, service: Service) -> Any:
    """Tell of a recogniser.

    Raises:
        Refusal: There is none.
    """
    name = _recognizer(message.name, "GetRecognizer", "recognizers.get", service)
    return service.registry.get(name)


async def list_recognizers(message: Any, service: Service) -> Any:
    """Tell of a location's recognisers, page by page.

    Raises:
        Refusal: There is no such page.
    """
    parent = _location(message.parent, "ListRecognizers", "recognizers.list", service)
    recognizers, next_page_token = service.registry.list(
        parent,
        page_size=message.page_size,
        page_token=message.page_token,
        deleted=message.show_deleted,
    )
    return types.ListRecognizersResponse.pb()(recognizers=recognizers, next_page_token=next_page_token)


async def delete_recognizer(message: Any, service: Service) -> Any:
    """Delete a recogniser.

    Raises:
        Refusal: It cannot be done.
    """
    name = _recognizer(message.name, "DeleteRecognizer", "recognizers.delete", service)
    metadata = types.OperationMetadata.pb()(delete_recognizer_request=message)
    method = service.method("DeleteRecognizer")
    try:
        deleted = service.registry.delete(name, etag=message.etag, dry=message.validate_only)
    except Refusal as refusal:
        if not (message.allow_missing and refusal.code is grpc.StatusCode.NOT_FOUND):
            raise
        deleted = types.Recognizer.pb()()
    return _done(metadata, deleted, method)


METHODS: Mapping[str, UnaryMethod] = {
    "Recognize": UnaryMethod(recognize, types.RecognizeRequest.pb()),
    "CreateRecognizer": UnaryMethod(create_recognizer, types.CreateRecognizerRequest.pb()),
    "GetRecognizer": UnaryMethod(get_recognizer, types.GetRecognizerRequest.pb()),
    "ListRecognizers": UnaryMethod(list_recognizers, types.ListRecognizersRequest.pb()),
    "DeleteRecognizer": UnaryMethod(delete_recognizer, types.DeleteRecognizerRequest.pb()),
}
"""The unary methods that the emulator serves."""


def _location(text: str, method: str, permission: str, service: Service) -> LocationName:
    name = LocationName.parse(text, service.method(method))
    service.project.authorize(f"speech.{permission}", text)
    service.check_location(name.location)
    return name


def _recognizer(text: str, method: str, permission: str, service: Service) -> RecognizerName:
    name = RecognizerName.parse(text, service.method(method))
    service.project.authorize(f"speech.{permission}", text)
    service.check_location(name.location)
    return name


def _done(metadata: Any, response: Any, method: str) -> Any:
    """A long-running operation that has come to its end."""
    metadata.resource = response.name
    metadata.method = method
    metadata.progress_percent = 100
    metadata.create_time.GetCurrentTime()
    metadata.update_time.GetCurrentTime()
    location = response.name.rpartition("/recognizers/")[0]
    operation = Operation(name=f"{location}/operations/{uuid.uuid4().hex}", done=True)
    operation.metadata.Pack(metadata)
    operation.response.Pack(response)
    return operation
