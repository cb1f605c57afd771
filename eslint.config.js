import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const timeAndChance = [
  {
    object: 'Date',
    property: 'now',
    message: 'Take time as an argument; src/core/clock.ts is the only reader of the clock.',
  },
  {
    object: 'Math',
    property: 'random',
    message: 'Take an Rng from src/core/rng.ts, so that a seed replays the run.',
  },
];

export default tseslint.config(
  { ignores: ['dist', 'bundle', 'reports', 'node_modules', 'test/fixtures'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-properties': ['error', ...timeAndChance],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70 }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/environment.ts', 'src/cli/main.ts'],
    rules: { 'no-console': 'error' },
  },
  { files: ['src/core/clock.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    files: ['**/*.js'],
    ignores: ['src/reporters/html/browser/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'Buffer',
          'setTimeout',
          'clearTimeout',
          'fetch',
          'performance',
          'setInterval',
          'clearInterval',
          'AbortController',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // The compiler checks these, names of the browser included.
    files: ['src/reporters/html/browser/*.js'],
    languageOptions: { sourceType: 'script' },
    rules: { 'no-undef': 'off', 'no-unused-vars': ['error', { vars: 'local' }] },
  },
);
