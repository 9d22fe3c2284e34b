{
  # Stands in for nixpkgs where there is no network: just the names that the flake uses, as derivations that build nothing.
  description = "the names of nixpkgs that this project uses";

  outputs =
    { self }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      genAttrs =
        names: f:
        builtins.listToAttrs (
          map (name: {
            inherit name;
            value = f name;
          }) names
        );
      packagesFor =
        system:
        let
          fake =
            name:
            derivation {
              inherit name system;
              builder = "/bin/sh";
            };
          moto = fake "moto" // {
            optional-dependencies.server = [ (fake "flask") ];
          };
        in
        {
          nodejs_24 = fake "nodejs";
          git = fake "git";
          jq = fake "jq";
          awscli2 = fake "awscli2";
          openbao = fake "openbao";
          nixfmt-tree = fake "nixfmt-tree";
          python3.withPackages = f: fake "python3-with-${toString (builtins.length (f { inherit moto; }))}-packages";
          stdenv.hostPlatform.system = system;
          mkShell =
            {
              packages ? [ ],
              shellHook ? "",
            }:
            derivation {
              inherit system shellHook packages;
              name = "shell";
              builder = "/bin/sh";
            };
        };
    in
    {
      lib = { inherit genAttrs; };
      legacyPackages = genAttrs systems packagesFor;
    };
}
