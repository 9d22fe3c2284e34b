{
  description = "AWS for agents, on credentials leased from Vault";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
      forAllSystems = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
    in
    {
      # A shell only: a package would need download addresses in package-lock.json, which is kept without them.
      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.nodejs_24
            pkgs.git
            pkgs.jq
            pkgs.awscli2
            pkgs.openbao
            # moto's server, the AWS that the integration tests talk to
            (pkgs.python3.withPackages (ps: [ ps.moto ] ++ ps.moto.optional-dependencies.server))
          ];
        };
      });

      checks = forAllSystems (pkgs: {
        devShell = self.devShells.${pkgs.stdenv.hostPlatform.system}.default;
      });

      formatter = forAllSystems (pkgs: pkgs.nixfmt-tree);
    };
}
