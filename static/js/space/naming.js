/* Listening without being named: one switch, at the door and in the list of people. */

export function mountNaming(room) {
  room.root.addEventListener("change", async ({ target }) => {
    if (!target.matches("[data-naming]")) return;
    const { namedUrl, unnamedUrl } = target.dataset;
    const refusal = await room.press(target, target.checked ? unnamedUrl : namedUrl);
    if (refusal) target.checked = !target.checked;
    else room.root.dataset.isUnnamed = target.checked ? "yes" : "no";
  });
}
