/** Every markup sink of the page goes through here. Mantine writes its CSS variables so; markup never passes. */

interface Policies {
  createPolicy(name: string, rules: { createHTML: (text: string) => string }): unknown;
}

const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;

policies?.createPolicy("default", {
  createHTML: (text) => {
    if (text.includes("<")) throw new TypeError("no markup is written as text here");
    return text;
  },
});
