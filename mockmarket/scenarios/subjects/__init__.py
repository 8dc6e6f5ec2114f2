"""The subjects of `expect` steps: for each the fields of an expectation, and a function that yields the differences."""
