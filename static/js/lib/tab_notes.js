/* What one tab remembers over a reload. Browsers that keep nothing for this site remember nothing. */

export function note(name, value) {
  try {
    if (value) sessionStorage.setItem(name, value);
    else sessionStorage.removeItem(name);
  } catch {
    /* Storage is switched off. */
  }
}

export function noted(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}
