"""The REST API at /api/v1/, put together from the apps' routers."""

from ninja import NinjaAPI

api = NinjaAPI(title="Helpdesk", version="1", docs_url=None)
