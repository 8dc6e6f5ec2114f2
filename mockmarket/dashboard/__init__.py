"""The dashboard: pages for people at `/_mockmarket/`, over the same store and rules as the control plane. It keeps no state of its own.

How to add a page:

1. Make `dashboard/<name>.py` with its views and give it a `Page` in `PAGES` in `dashboard/site.py`: the one list, whose order is the
   navigation's. A view is a plain function of its path's parts; it finds its world with `api.context.current().world` and returns
   `shell.page("<name>.html", …)` for a whole page, `shell.part("<name>_table.html", …)` for a piece that htmx puts into a page that
   is open, or `shell.answer(…)` for such a piece that answers a form (without scripts it stands in a page of its own).
   Everything is under `/_mockmarket/ui/`; link with `url("<name>.<view's function name>", id=…)`, in templates and in Python
   (`shell.url`). A template extends `layout.html` and fills the block `main`; macros for tables, badges, forms and empty states
   are in `parts.html`, which says how each is used.
2. Change things by calling what the control route calls (`control.keys.delete_key.call`): a button that asks nothing is one
   `shell.button`. Never call HTTP in-process, never write a second rule.
3. A form is made of the very schema that the control route reads: `forms.of(schema, …)` makes it, the macro `form` shows it,
   `form.submit(do)` reads what its inputs sent and does it. What the schema or a rule refuses is shown in the form again, with what
   was typed and what is wrong where; `shell.done("What happened.", where)` ends a form that did what it should.
4. Any other refusal may leave the view: it is shown in the page's notice line, or as a page, with its own status.
5. Nobody needs to think of: who may come in and from which page a form may be sent (`guard`), escaping (always on), lone
   surrogates, the content security policy. No inline script or style: they do not run. Behaviour is in `static/app.js`, by
   `data-` attributes.
6. Values for people: the filters of `formats` give the exact value on hover.
7. Test it in `tests/test_dashboard_<name>.py` with the fixture `page` of `tests/browser.py`: a browser on a world of its own.
"""
