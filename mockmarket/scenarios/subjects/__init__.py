"""What an `expect` step looks at: for each subject the fields of an expectation, and a function that says what is not so."""
