"""For any WSGI server that runs the application in one process: `waitress-serve app:app`. Options are MOCKMARKET_<OPTION>."""

import atexit

from mockmarket.app import create_app
from mockmarket.config import from_environment

app = create_app(from_environment())
atexit.register(app.close, 0)
