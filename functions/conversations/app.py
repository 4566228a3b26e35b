"""Conversations: create, list, read, rename, complete and delete them."""

from lambdify.web.app import create_app, create_handler

from .routes import router

app = create_app(router)
handler = create_handler(app)
