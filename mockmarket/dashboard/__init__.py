"""The dashboard: pages for people at `/_mockmarket/`, over the same store and rules as the control plane. It keeps no state of its own.

How to add a page:

1. Make `dashboard/<name>.py` with `PAGE = Page("<name>", "Title", "letter", ROUTES)`, `ROUTES` a tuple of
   `Route("<name>/path/<string:id>", view)` (a form's target is `Route(…, "POST")`). A view is a plain function of its path's
   parts; it finds its world with `api.context.current().world` and returns
   `shell.page("<name>.html", title=…, …)` for a whole page, or
   `shell.part("<name>_table.html", …)` for a piece that htmx puts into a page that is open,
   `shell.answer("<name>_form.html", …)` for such a piece that answers a form (without scripts it stands in a page of its own).
   Everything is under `/_mockmarket/ui/`; link with `url("<name>.<view's function name>", id=…)`, in templates and in Python
   (`shell.url`). A template extends `layout.html` and fills the block `main`; macros for tables, badges, forms and empty states
   are in `parts.html`, which says how each is used.
2. Add `PAGE` to `PAGES` in `dashboard/site.py` (the one list; its order is the navigation's, `letter` goes there after `g`),
   and the module to LAYERS in tests/test_layout.py if its folder does not stand there yet.
3. Change things by calling what the control route calls. Where that lives inside a route's method, move it into a function
   beside it and call it from both. Never call HTTP in-process, never write a second rule.
4. A form is made of the very schema that the control route reads: `forms.of(schema, …)` makes it, the macro `form` shows it,
   `forms.read(schema, …)`, called with the same arguments, reads what its inputs sent and raises `forms.Wrong`, with what was
   typed and what is wrong where. A refusal of the rules becomes the same with `forms.trying(form)`.
   `shell.answer(template, 422, form=wrong.form)` shows it again in place.
   A form that did what it should ends with `shell.done("What happened.", where)`.
5. Any other refusal may leave the view: it is shown in the page's notice line, or as a page, with its own status.
6. Nobody needs to think of: who may come in and from which page a form may be sent (`guard`), escaping (always on), lone
   surrogates, the content security policy. No inline script or style: they do not run. Behaviour is in `static/app.js`, by
   `data-` attributes.
7. Values for people: the filters `moment`, `ago`, `number`, `size`, `took`, `clip`, `pretty` of `formats` give the exact value on hover.
8. Test it in `tests/test_dashboard_<name>.py` with the fixture `page` of `tests/browser.py`: a browser on a world of its own.
"""
