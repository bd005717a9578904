"""The REST API at /api/v1/, put together from the apps' routers."""

from chat.api import router as chat
from helpdesk.core.api import JsonAPI, StrictParser

api = JsonAPI(title="Helpdesk", version="1", docs_url=None, parser=StrictParser())
api.add_router("/conversations", chat, tags=["chat"])
