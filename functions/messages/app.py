"""Messages: send, list and read them, and say how good they were."""

from lambdify.web.app import create_app, create_handler

from .routes import router

app = create_app(router)
handler = create_handler(app)
