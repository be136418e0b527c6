// The secret of the examples in the strategy files, in docs/strategies.md and in the tests that hold them.

/** Published, so never use it: whoever has the secret can link pseudonyms to guessed values. */
export const EXAMPLE_SECRET = 'the published secret of the examples, never use it';
