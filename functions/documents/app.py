"""Documents: upload, list, read, search and delete them."""

from lambdify.web.app import create_app, create_handler

from .routes import router

app = create_app(router, accepts={"POST /documents": "multipart/form-data"})
handler = create_handler(app)
