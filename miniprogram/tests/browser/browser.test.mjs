/**
 * All that needs a browser, in one process with one Chromium: starting both takes longer than most of the tests.
 * One part alone: `node --test tests/browser/apis.mjs`.
 */
import './apis.mjs';
import './components.mjs';
import './limits.mjs';
import './navigation.mjs';
import './own_components.mjs';
