"""Webhooks: the endpoints that are told of events, and what became of each delivery."""

from lambdify.web.app import create_app, create_handler

from .routes import router

app = create_app(router)
handler = create_handler(app)
