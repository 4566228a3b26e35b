"""Models: list those that a key may use."""

from lambdify.web.app import create_app, create_handler

from .routes import router

app = create_app(router)
handler = create_handler(app)
