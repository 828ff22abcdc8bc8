"""scim2-server behind uvicorn: its own command speaks HTTP/1.0 and drops connections under load."""

import os

from scim2_models import ScimProvider
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.service import ScimService
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)
from scim2_models import UnauthorizedException


class Application(ASGIApplication):
    """With a token, as every register has."""

    def check_auth(self, request):
        if request.header("Authorization") != "Bearer " + os.environ["TOKEN"]:
            raise UnauthorizedException


provider = ScimProvider.from_discovery(
    load_default_schemas().values(),
    load_default_resource_types().values(),
    config=load_default_service_provider_config(),
)
app = Application(AsyncInMemoryStorage(), provider, service=ScimService(provider, secret="of-no-importance"))
